//! Listens to the signals that its first argument says.

use graceful_process_tests::inside::{say, scenario};

fn main() {
    match &*scenario() {
        "default" => default::main(),
        "replaced" => replaced::main(),
        "forks" => forks::main(),
        "hangup" => hangup::main(),
        other => panic!("no scenario `{other}`"),
    }
}

async fn body() {
    say("main");
    let reason = graceful::shutdown_requested().await;
    say(reason);
}

#[graceful::on_shutdown]
async fn handler() {
    say("handler");
}

mod default {
    #[graceful::main(plan_test = false)]
    pub(super) async fn main() {
        super::body().await;
    }
}

mod hangup {
    #[graceful::main(signals = [SIGTERM, SIGHUP], plan_test = false)]
    pub(super) async fn main() {
        super::body().await;
    }
}

/// A library takes SIGTERM away.
mod replaced {
    #[graceful::main(plan_test = false)]
    pub(super) async fn main() {
        super::platform::replace_the_handler();
        for _ in 0..2 {
            graceful::ready();
        }
        super::body().await;
    }
}

/// A fork in main makes a process without a supervisor.
mod forks {
    #[graceful::main(plan_test = false)]
    pub(super) fn main() {
        if super::platform::fork() {
            graceful::ready();
            super::platform::leave();
        }
        super::say("main");
    }
}

#[cfg(unix)]
#[expect(unsafe_code, reason = "what a program must not do has no safe interface")]
mod platform {
    use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
    use nix::sys::wait::waitpid;
    use nix::unistd::ForkResult;

    extern "C" fn nothing(_: core::ffi::c_int) {}

    pub(super) fn replace_the_handler() {
        let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
        // SAFETY: the handler does nothing.
        unsafe { sigaction(Signal::SIGTERM, &action) }.expect("a handler");
    }

    /// `true` in the child, for which the parent waits.
    pub(super) fn fork() -> bool {
        // SAFETY: the child prints and leaves.
        match unsafe { nix::unistd::fork() }.expect("a child") {
            ForkResult::Child => true,
            ForkResult::Parent { child } => {
                waitpid(child, None).expect("it leaves");
                false
            }
        }
    }

    pub(super) fn leave() {
        // SAFETY: it ends the process.
        unsafe { nix::libc::_exit(0) }
    }
}

#[cfg(not(unix))]
mod platform {
    pub(super) fn replace_the_handler() {}

    pub(super) fn fork() -> bool {
        false
    }

    pub(super) fn leave() {}
}
