//! One of the servers, as a process.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use graceful_process_tests::{Program, Running, Signal};

use crate::client::{Client, PATIENCE};

/// A server that runs, and what it has printed.
pub struct Server {
    running: Running,
    output: Receiver<String>,
    seen: Vec<String>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts it on a free port. Standard output and standard error come together, as at a terminal.
    pub fn start(program: Program) -> Self {
        let (reader, writer) = io::pipe().expect("a pipe");
        // Whether colours are compiled in depends on what else is built with it.
        let program = program.arg("127.0.0.1:0").env("NO_COLOR", "1").env("GRACEFUL_DRAIN_TIMEOUT", "12s");
        let stdout = writer.try_clone().expect("a copy");
        let running = program.stdout(stdout).stderr(writer).start();

        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(reader).lines() {
                let _ = sender.send(line.expect("a line"));
            }
        });
        let mut server = Self { running, output, seen: Vec::new(), address: SocketAddr::from(([0; 4], 0)) };
        let listening = server.line("listening on http");
        let (_, address) = listening.rsplit_once("://").expect("a URL");
        server.address = address.parse().expect("an address");
        server
    }

    /// Waits for a line with this text in it, if there hasn't been one. The first one.
    #[track_caller]
    pub fn line(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.seen.iter().find(|line| line.contains(text)) {
                return line.clone();
            }
            if self.next(deadline).is_err() {
                panic!("no line with `{text}` in:\n{}", self.seen.join("\n"));
            }
        }
    }

    /// A client in the middle of an upload, of which the server says that it has begun.
    #[track_caller]
    pub fn begin_upload(&mut self, path: &str) -> Client {
        let mut upload = Client::connect(self.address);
        upload.begin_upload(path);
        self.line(&format!("{} begun", path.trim_start_matches('/')));
        upload
    }

    /// Sends a signal.
    pub fn signal(&mut self, signal: Signal) {
        self.running.signal(signal);
    }

    /// Waits for the end, which must be clean. All lines that there were.
    #[track_caller]
    pub fn ends_cleanly(mut self) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        let last = loop {
            if let Err(last) = self.next(deadline) {
                break last;
            }
        };
        assert_eq!(last, RecvTimeoutError::Disconnected, "no end after:\n{}", self.seen.join("\n"));
        // Both of its outputs are closed: it is ending.
        let ended = self.running.end();
        assert_eq!((ended.code, ended.signal), (Some(0), None), "{}", self.seen.join("\n"));
        self.seen
    }

    fn next(&mut self, deadline: Instant) -> Result<(), RecvTimeoutError> {
        let line = self.output.recv_timeout(deadline.saturating_duration_since(Instant::now()))?;
        self.seen.push(line);
        Ok(())
    }
}

/// These lines stand in the output, in this order.
#[track_caller]
pub fn assert_order(output: &[String], lines: &[&str]) {
    let mut rest = output.iter();
    for line in lines {
        assert!(rest.any(|printed| printed.contains(line)), "no `{line}` in its place in:\n{}", output.join("\n"));
    }
}

/// In its lame duck a server takes an upload on a connection that it has, says there that it closes it, and isn't ready.
#[track_caller]
pub fn assert_serves_in_the_lame_duck(program: Program, path: &str) {
    let mut server = Server::start(program.lame_duck("20s").grace_period("60s"));
    let mut client = Client::connect(server.address);
    assert_eq!(client.get("/ready").status, 200);
    server.signal(Signal::SIGTERM);
    server.line("shutting down");
    let mut new = Client::connect(server.address);
    client.begin_upload(path);
    let answer = client.finish_upload();
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert_eq!(new.get("/ready").status, 503);
}
