//! Blocks SIGTERM and SIGINT, as a launcher that waits for them with `sigwait` does, and becomes the program that its
//! arguments name, which inherits that.

#[cfg(unix)]
fn main() {
    use std::env;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use nix::sys::signal::{SigSet, Signal};

    SigSet::from_iter([Signal::SIGTERM, Signal::SIGINT]).thread_block().expect("a mask");
    let mut arguments = env::args_os().skip(1);
    let program = arguments.next().expect("a program");
    panic!("{}", Command::new(program).args(arguments).exec());
}

#[cfg(not(unix))]
fn main() {}
