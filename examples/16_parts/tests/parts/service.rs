//! The service under test, and the files of its tenants.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Instant;

use graceful_process_tests::Program;
use graceful_process_tests::place::Directory;
use graceful_server_tests::client::{Answer, Client, PATIENCE};
use graceful_server_tests::server::Server;

use crate::load::Load;

/// Sends a request and reads the answer.
pub(crate) fn send(client: &mut Client, method: &str, path: &str, body: &str) -> io::Result<Answer> {
    client.say(&format!("{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n{body}", body.len()))?;
    client.answer()
}

pub(crate) struct Service {
    pub(crate) server: Server,
    pub(crate) files: Files,
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::of(|program| program.lame_duck("0s"))
    }

    pub(crate) fn at_terminal() -> Self {
        Self::of(Program::at_terminal)
    }

    fn of(set: impl FnOnce(Program) -> Program) -> Self {
        let files = Files(Directory::create());
        let program = Program::new(env!("CARGO_BIN_EXE_16_parts")).env("DATA", &files.0.file(""));
        Self { server: Server::start(set(program)), files }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.server.address)
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        send(&mut self.connect(), method, path, body).expect("an answer")
    }

    #[track_caller]
    pub(crate) fn open(&self, tenant: &str) {
        assert_eq!(self.send("PUT", &format!("/tenants/{tenant}"), "").status, 201);
    }

    #[track_caller]
    pub(crate) fn stop(&self, tenant: &str) {
        let answer = self.send("DELETE", &format!("/tenants/{tenant}"), "");
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    pub(crate) fn add(&self, tenant: &str, row: &str) -> Answer {
        self.send("POST", &format!("/tenants/{tenant}/rows"), row)
    }

    /// Adds rows, which are accepted.
    #[track_caller]
    pub(crate) fn add_rows(&self, tenant: &str, numbers: Range<usize>) -> Vec<String> {
        let mut client = self.connect();
        let rows = numbers.map(|number| format!("row {number}"));
        let add = |row: String| {
            let answer = send(&mut client, "POST", &format!("/tenants/{tenant}/rows"), &row).expect("an answer");
            assert_eq!(answer.status, 202, "{answer:?}");
            row
        };
        rows.map(add).collect()
    }

    /// Opens a tenant, and has clients send rows to it.
    #[track_caller]
    pub(crate) fn put_under_load(&self, tenant: &str) -> Load {
        self.open(tenant);
        Load::start(self.server.address, tenant)
    }

    /// Waits until the health contains this.
    #[track_caller]
    pub(crate) fn health_has(&self, part: &str) {
        let (mut client, deadline) = (self.connect(), Instant::now() + PATIENCE);
        loop {
            let health = client.get("/health");
            if health.body.contains(part) {
                assert_eq!(health.status, 200);
                return;
            }
            assert!(Instant::now() < deadline, "no `{part}` in {}", health.body);
        }
    }

    #[track_caller]
    pub(crate) fn ends_cleanly(self) -> (Vec<String>, Files) {
        (self.server.ends_cleanly(), self.files)
    }
}

pub(crate) struct Files(Directory);

impl Files {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    /// The rows of a tenant.
    fn rows(&self, tenant: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path(&format!("{tenant}.rows"))).expect("a file");
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) fn sorted(&self, tenant: &str) -> Vec<String> {
        let mut rows = self.rows(tenant);
        rows.sort();
        rows
    }

    /// Waits until the file has so many rows.
    #[track_caller]
    pub(crate) fn wait_for(&self, tenant: &str, rows: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.rows(tenant).len() < rows {
            assert!(Instant::now() < deadline, "{rows} rows are not written");
        }
    }
}
