//! A server in a process of its own.

use std::fs;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::thread;

use graceful_process_tests::{Program, Running, Signal};

/// A server that runs. What it prints, and how it ends: see [`Running`].
pub struct Server {
    running: Running,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts it.
    #[track_caller]
    #[must_use]
    pub fn start(program: Program) -> Self {
        let mut running = program.start();
        let address = running.ask("address").parse().expect("an address");
        Self { running, address }
    }

    /// Sends SIGTERM.
    pub fn terminate(&mut self) {
        self.running.signal(Signal::SIGTERM);
    }

    /// Has it do something while it is stopped, and sends SIGTERM before it goes on: for the server all of it has
    /// happened before the signal.
    #[track_caller]
    pub fn terminate_after<T>(&mut self, what: impl FnOnce(SocketAddr) -> T) -> T {
        let pid = self.running.ask("pid");
        self.running.signal(Signal::SIGSTOP);
        while !is_stopped(&pid) {
            thread::yield_now();
        }
        let done = what(self.address);
        self.running.signal(Signal::SIGTERM);
        self.running.signal(Signal::SIGCONT);
        done
    }

    /// For the end.
    #[must_use]
    pub fn into_running(self) -> Running {
        self.running
    }
}

/// Whether each thread of the process stands still.
fn is_stopped(pid: &str) -> bool {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("a process");
    threads.flatten().all(|thread| {
        let status = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // Its name, in parentheses, may contain anything.
        status.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('T'))
    })
}

impl Deref for Server {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Running {
        &mut self.running
    }
}
