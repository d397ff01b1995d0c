//! What the programs have in common.

use std::fmt::Display;
use std::io::{self, Write};
use std::{env, thread};

/// What stands before an answer to a question on standard input.
pub const ANSWER: &str = "> ";

/// Prints a line, whatever becomes of it.
pub fn say(line: impl Display) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{line}");
}

/// Writes a line to the socket that the test put in the place of standard input: for when standard output is full.
pub fn tell(line: impl Display) {
    platform::tell(&format!("{line}\n"));
}

/// Closes standard error.
pub fn close_stderr() {
    platform::close_stderr();
}

/// Sends this process a SIGTERM.
pub fn terminate() {
    platform::terminate();
}

#[cfg(unix)]
mod platform {
    use std::io;
    use std::os::fd::AsFd;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::{Pid, close, write};

    pub(super) fn tell(line: &str) {
        let _ = write(io::stdin().as_fd(), line.as_bytes());
    }

    pub(super) fn close_stderr() {
        close(2).expect("standard error was open");
    }

    pub(super) fn terminate() {
        kill(Pid::this(), Signal::SIGTERM).expect("this process is there");
    }
}

/// No test starts a program here.
#[cfg(not(unix))]
mod platform {
    pub(super) fn tell(_line: &str) {}

    pub(super) fn close_stderr() {}

    pub(super) fn terminate() {}
}

/// Blocks this thread for good.
pub fn block() -> ! {
    loop {
        thread::park();
    }
}

/// The program's first argument: which scenario it plays.
#[must_use]
pub fn scenario() -> String {
    env::args().nth(1).unwrap_or_default()
}

/// Writes the `main` of a program whose first argument is the flavor of its runtime. It awaits the program's `body`, and
/// has these keys of `#[graceful::main]`.
#[macro_export]
macro_rules! main_of_each_flavor {
    ($($keys:tt)*) => {
        fn main() {
            match &*$crate::inside::scenario() {
                "current_thread" => current_thread::main(),
                "multi_thread" => multi_thread::main(),
                other => panic!("no flavor `{other}`"),
            }
        }

        mod current_thread {
            #[graceful::main(flavor = "current_thread", $($keys)*)]
            pub(super) async fn main() {
                super::body().await;
            }
        }

        mod multi_thread {
            #[graceful::main(worker_threads = 2, $($keys)*)]
            pub(super) async fn main() {
                super::body().await;
            }
        }
    };
}

/// Whether the program was started with this argument, wherever it stands.
#[must_use]
pub fn asked(argument: &str) -> bool {
    env::args().skip(1).any(|given| given == argument)
}

/// Sends the log to standard error.
pub fn log() {
    tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).without_time().init();
}

/// Says so when it is dropped.
pub struct Loud(pub &'static str);

impl Drop for Loud {
    fn drop(&mut self) {
        say(format_args!("{} dropped", self.0));
    }
}
