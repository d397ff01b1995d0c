//! A part fails with a type of the program.

use std::error::Error;
use std::fmt;

use graceful::OnError;

#[derive(Debug)]
struct MyError;

impl fmt::Display for MyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("my error")
    }
}

impl Error for MyError {}

#[graceful::main]
pub(crate) async fn main() {
    graceful::task("part").on_error(OnError::Shutdown).spawn(part);
    graceful::drain_started().await;
}

async fn part() -> Result<(), MyError> {
    Err(MyError)
}
