//! An example as a process.

use std::env;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything takes, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Program {
    child: Child,
    output: Receiver<String>,
    seen: Vec<String>,
}

impl Program {
    /// Standard output and standard error come together, as at a terminal.
    pub(crate) fn start(name: &str) -> Self {
        let (reader, writer) = io::pipe().unwrap();
        let mut command = Command::new(executable(name));
        for (variable, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GRACEFUL_")) {
            command.env_remove(variable);
        }
        let child = command
            // Whether colours are compiled in depends on what else is built with it.
            .env("NO_COLOR", "1")
            // As at a terminal.
            .env("GRACEFUL_REPORT", "text")
            .stdout(writer.try_clone().unwrap())
            .stderr(writer)
            .spawn()
            .unwrap();
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(reader).lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        Self { child, output, seen: Vec::new() }
    }

    pub(crate) fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// Waits for a line with this text in it, one that was not waited for before.
    pub(crate) fn line(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.output.recv_timeout(left) else {
                panic!("no line with `{text}` in:\n{}", self.seen.join("\n"));
            };
            self.seen.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let kill = Command::new("kill").arg(format!("-{signal}")).arg(self.pid()).status().unwrap();
        assert!(kill.success());
    }

    /// Waits for the end. The exit code, and all lines that there were.
    pub(crate) fn ended(&mut self) -> (Option<i32>, Vec<String>) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("no end after:\n{}", self.seen.join("\n")),
            }
        }
        // Both of its outputs are closed: it is ending.
        (self.child.wait().unwrap().code(), self.seen.clone())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Beside this test's own: `target/debug/deps/examples-…`, `target/debug/examples/…`.
fn executable(name: &str) -> PathBuf {
    let own = env::current_exe().unwrap();
    let path = own.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "{} is not built: run `cargo build --examples`", path.display());
    path
}
