//! What goes wrong.

use crate::dimension::dimension;

dimension! {
    /// What goes wrong.
    Fault {
        /// Nothing.
        None: "none",
        /// A future that never resolves.
        Hang: "hang",
        /// The same, and its destructor panics when it is dropped at last.
        HangDropPanic: "hang-drop-panic",
        /// A thread that never goes on.
        Block: "block",
        /// A plain handler, or a tracked blocking job, that never ends.
        Ignore: "ignore",
        /// A panic.
        Panic: "panic",
        /// A panic, and another one in a destructor on the way: Rust aborts the process.
        PanicTwice: "panic-twice",
        /// An error is returned.
        Error: "error",
        /// `std::process::exit(5)`.
        StdExit: "std-exit",
        /// `graceful::exit(5)`.
        GracefulExit: "graceful-exit",
        /// Handlers are registered.
        Registers: "registers",
        /// Tracked tasks are spawned.
        Spawns: "spawns",
        /// `request_shutdown()`, once more.
        Requests: "requests",
        /// Guards are taken, and dropped.
        TakesGuards: "takes-guards",
        /// A guard is taken, and never dropped.
        LeaksGuard: "leaks-guard",
        /// Standard error is closed, and then written to.
        StderrClosed: "stderr-closed",
        /// Nobody will ever read standard error: a careless `eprintln!` panics.
        StderrBroken: "stderr-broken",
        /// Standard error is full, and nobody reads it: who writes to it blocks.
        StderrFull: "stderr-full",
        /// Standard output is closed, and then written to.
        StdoutClosed: "stdout-closed",
        /// Nobody will ever read standard output.
        StdoutBroken: "stdout-broken",
        /// Standard output is full.
        StdoutFull: "stdout-full",
        /// From here on there are no more file descriptors.
        NoDescriptors: "no-descriptors",
        /// From here on there are no more threads.
        NoThreads: "no-threads",
        /// The process is stopped: before the trigger for a moment, after it until the deadline has passed.
        Stopped: "stopped",
    }
}

impl Fault {
    /// Whoever it strikes never goes on.
    #[must_use]
    pub fn never_returns(self) -> bool {
        self.needs_async() || self.blocks_the_thread()
    }

    /// Only a future can do that.
    #[must_use]
    pub fn needs_async(self) -> bool {
        matches!(self, Self::Hang | Self::HangDropPanic)
    }

    /// And its thread is lost.
    #[must_use]
    pub fn blocks_the_thread(self) -> bool {
        matches!(self, Self::Block | Self::Ignore | Self::StderrFull | Self::StdoutFull)
    }

    /// It is a panic that unwinds.
    #[must_use]
    pub fn panics(self) -> bool {
        matches!(self, Self::Panic | Self::StderrBroken | Self::StdoutBroken)
    }

    /// The process is gone, by its own doing.
    #[must_use]
    pub fn ends_the_process(self) -> bool {
        matches!(self, Self::PanicTwice | Self::StdExit)
    }

    /// What stands on standard error can't be read to the end.
    #[must_use]
    pub fn hides_stderr(self) -> bool {
        matches!(self, Self::StderrClosed | Self::StderrBroken | Self::StderrFull)
    }
}
