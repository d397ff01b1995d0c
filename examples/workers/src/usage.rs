//! What is said of a command line. The process ends with it: nothing has begun yet that would have to be shut down.

use std::fmt::Display;
use std::process::exit;

/// What was asked for.
pub fn help(usage: &str) -> ! {
    println!("{usage}");
    exit(0)
}

/// What is wrong, and what would be right.
pub fn refuse(error: impl Display, usage: &str) -> ! {
    eprintln!("{error}\n{usage}");
    exit(2)
}
