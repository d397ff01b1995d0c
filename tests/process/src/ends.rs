//! Standard outputs as a program may find them: full, closed, or a terminal.

use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::thread::{self, JoinHandle};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::{Winsize, openpty};
use nix::unistd::write;

/// A pipe that takes nothing more. Nobody reads it, as long as the reader lives and is left alone.
#[must_use]
pub fn full() -> (PipeReader, OwnedFd) {
    let (reader, writer) = io::pipe().expect("a pipe");
    let writer = OwnedFd::from(writer);
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("non-blocking");
    // Large pieces first, then what fits into the rest.
    for piece in [4096, 1] {
        while write(&writer, &vec![b'.'; piece]).is_ok() {}
    }
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::empty())).expect("blocking");
    (reader, writer)
}

/// A pipe whose reader is gone.
#[must_use]
pub fn broken() -> OwnedFd {
    let (_reader, writer) = io::pipe().expect("a pipe");
    OwnedFd::from(writer)
}

/// A terminal of 80 columns.
pub struct Terminal {
    slave: OwnedFd,
    screen: JoinHandle<String>,
}

impl Terminal {
    /// Opens it, and reads what comes.
    #[must_use]
    pub fn open() -> Self {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).expect("a terminal");
        let mut master = File::from(pty.master);
        let screen = thread::spawn(move || {
            let mut bytes = Vec::new();
            // It ends with an error when the last who had the terminal open is gone.
            let _ = master.read_to_end(&mut bytes);
            String::from_utf8(bytes).expect("UTF-8")
        });
        Self { slave: pty.slave, screen }
    }

    /// The side of the program.
    #[must_use]
    pub fn stdio(&self) -> Stdio {
        self.slave.try_clone().expect("a copy").into()
    }

    /// Waits until nobody has it open any more, and gives all that was written.
    #[must_use]
    pub fn screen(self) -> String {
        drop(self.slave);
        self.screen.join().expect("the reader")
    }
}
