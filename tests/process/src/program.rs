//! A program under test, as a child of the test.

mod ended;
mod lines;
mod running;

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

pub use self::ended::Ended;
use self::lines::Lines;
pub use self::running::Running;
use crate::ends::Terminal;

/// Longer than anything takes on the slowest machine: who waits so long waits in vain.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A program that is about to be started.
pub struct Program {
    command: Command,
    socket: UnixStream,
}

impl Program {
    /// Of one of the binaries, by its path: `env!("CARGO_BIN_EXE_…")`.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self::of(Command::new(path))
    }

    /// Of a shell script that finds the binary as its `$0`, so that it can change its surroundings and `exec` it.
    #[must_use]
    pub fn under(script: &str, path: &str) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", script, path]);
        Self::of(command)
    }

    fn of(mut command: Command) -> Self {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GRACEFUL_") {
                command.env_remove(name);
            }
        }
        // As at a terminal, so that tests read the report as a person does.
        command.env("RUST_BACKTRACE", "0").env("GRACEFUL_REPORT", "text");
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, socket: ours }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: &str) -> Self {
        self.command.arg(arg);
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Leaves the format of the report to the program.
    #[must_use]
    pub fn fitting_report(mut self) -> Self {
        self.command.env_remove("GRACEFUL_REPORT");
        self
    }

    /// Sets the grace period.
    #[must_use]
    pub fn grace_period(self, value: &str) -> Self {
        self.env("GRACEFUL_GRACE_PERIOD", value)
    }

    /// Sets the lame duck.
    #[must_use]
    pub fn lame_duck(self, value: &str) -> Self {
        self.env("GRACEFUL_LAME_DUCK", value)
    }

    /// Sets the drain timeout.
    #[must_use]
    pub fn drain_timeout(self, value: &str) -> Self {
        self.env("GRACEFUL_DRAIN_TIMEOUT", value)
    }

    /// Starts it at a terminal: its standard input is one, and takes no orders.
    #[must_use]
    pub fn at_terminal(mut self) -> Self {
        self.command.stdin(Terminal::open().stdio());
        self
    }

    /// Gives it another standard input, which takes no orders.
    #[must_use]
    pub fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self
    }

    /// Gives it another standard output than the one that is read here.
    #[must_use]
    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    /// Gives it another standard error than the one that is read here.
    #[must_use]
    pub fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.command.stderr(stderr);
        self
    }

    /// Starts it.
    #[must_use]
    pub fn start(mut self) -> Running {
        let started = Instant::now();
        let mut child = self.command.spawn().expect("the program starts");
        let told = Lines::read(Some(self.socket.try_clone().expect("a copy of the socket")));
        Running {
            stdout: Lines::read(child.stdout.take()),
            stderr: Lines::read(child.stderr.take()),
            told,
            socket: self.socket,
            child: running::Reaped(child),
            started,
            signalled: None,
        }
        // With the command goes this process's copy of the other ends.
    }

    /// Starts it, sends SIGTERM once it has printed `main`, and waits for its end.
    #[must_use]
    pub fn terminated(self) -> Ended {
        let mut running = self.start();
        running.wait_for("main");
        running.signal(Signal::SIGTERM);
        running.end()
    }

    /// Starts it, and waits for its end.
    #[must_use]
    pub fn run(self) -> Ended {
        self.start().end()
    }
}

/// Checks all of `cases` at the same time: most of what a program under test does is waiting.
///
/// # Panics
///
/// With the first that fails, after all have ended.
pub fn all<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| check(case));
        }
    });
}
