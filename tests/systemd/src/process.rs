//! The processes of a service, seen from the test.
//!
//! A unit names a socket of the test as standard input and output, so systemd connects each process that it starts. The
//! test takes orders and lines that way, and learns about starts and ends without asking again and again.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use graceful_process_tests::inside::ANSWER;
use rustix::net::sockopt::{Timeout, set_socket_timeout};

/// Longer than anything takes, also on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Takes the processes of a unit, in the order in which systemd starts them.
pub struct Processes {
    name: String,
    listener: UnixListener,
}

impl Processes {
    pub(crate) fn listen(path: &Path, name: &str) -> Self {
        let listener = UnixListener::bind(path).expect("a socket");
        // For `accept`.
        set_socket_timeout(&listener, Timeout::Recv, Some(PATIENCE)).expect("a timeout");
        Self { name: name.to_owned(), listener }
    }

    /// The next process, when it has been started.
    ///
    /// # Panics
    ///
    /// If none is started in time.
    #[must_use]
    #[track_caller]
    pub fn next(&self) -> Process {
        let (stream, _) = self.listener.accept().unwrap_or_else(|_| panic!("no process of {}", self.name));
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Process { stream: BufReader::new(stream), said: Vec::new(), orders: 0 }
    }

    /// Whether another process has been started.
    ///
    /// # Panics
    ///
    /// If the socket cannot be used.
    #[must_use]
    pub fn has_next(&self) -> bool {
        self.listener.set_nonblocking(true).expect("a mode");
        let accepted = self.listener.accept().is_ok();
        self.listener.set_nonblocking(false).expect("a mode");
        accepted
    }
}

/// A process that systemd has started.
pub struct Process {
    stream: BufReader<UnixStream>,
    said: Vec<String>,
    orders: usize,
}

impl Process {
    /// Waits for this line, which may have come already.
    ///
    /// # Panics
    ///
    /// If it does not come.
    #[track_caller]
    pub fn wait_for(&mut self, line: &str) {
        while !self.said.iter().any(|said| said == line) {
            assert!(self.read(), "no `{line}` before its end\n{}", self.said.join("\n"));
        }
    }

    /// Writes a line to the process.
    ///
    /// # Panics
    ///
    /// If nobody reads it.
    #[track_caller]
    pub fn order(&mut self, order: &str) {
        let written = writeln!(self.stream.get_mut(), "{order}");
        assert!(written.is_ok(), "{order}: {written:?}\n{}", self.said.join("\n"));
        self.orders += 1;
    }

    /// Writes a line to the process, and waits for its answer.
    ///
    /// # Panics
    ///
    /// If it does not answer.
    #[track_caller]
    pub fn ask(&mut self, question: &str) {
        self.order(question);
        while self.said.iter().filter(|said| said.starts_with(ANSWER)).count() < self.orders {
            assert!(self.read(), "no answer to `{question}`\n{}", self.said.join("\n"));
        }
    }

    /// Waits until every process that has its output is gone, and returns all that it said.
    ///
    /// # Panics
    ///
    /// If it does not end in time.
    #[must_use]
    #[track_caller]
    pub fn end(mut self) -> Vec<String> {
        while self.read() {}
        self.said
    }

    /// Reads a line. `false` at the end.
    #[track_caller]
    fn read(&mut self) -> bool {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            // The process has not read all orders.
            Err(why) if why.kind() == ErrorKind::ConnectionReset => return false,
            Err(why) => panic!("{why}\n{}", self.said.join("\n")),
            Ok(0) => return false,
            Ok(_) => self.said.push(line.trim_end().to_owned()),
        }
        true
    }
}
