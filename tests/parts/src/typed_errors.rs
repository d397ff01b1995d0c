//! Main gets the errors of all parts, with their types, and returns the first.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use graceful::{OnError, ScopeError};
use tokio::time::sleep;

#[derive(Debug)]
enum MyError {
    WithData(u32),
    WithoutData,
}

impl fmt::Display for MyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithData(data) => write!(f, "my error with {data}"),
            Self::WithoutData => f.write_str("my error"),
        }
    }
}

impl Error for MyError {}

#[graceful::main(drain_timeout = "500ms")]
pub(crate) async fn main() -> Result<(), ScopeError> {
    let parts = graceful::scope("parts");
    let part = |name| parts.task(name).on_error(OnError::Shutdown);
    part("one").spawn(one);
    part("two").spawn(two);
    part("three").spawn(three);
    part("four").spawn(four);
    part("five").spawn(five);
    part("six").spawn(|| Part(69).run());

    let report = parts.ended().await;
    for error in report.errors() {
        let part = error.task();
        match error.failure().map(|failure| failure.downcast_ref()) {
            Some(Some(MyError::WithData(data))) => println!("{part} failed with {data}"),
            Some(Some(MyError::WithoutData)) => println!("{part} failed"),
            Some(None) => println!("{part} failed with another error"),
            None => println!("{part} panicked"),
        }
    }
    println!("abandoned: {}", report.abandoned().len());
    report.errors().first().cloned().map_or(Ok(()), Err)
}

async fn one() -> Result<(), MyError> {
    sleep(Duration::from_millis(20)).await;
    Err(MyError::WithData(42))
}

async fn two() -> Result<(), MyError> {
    sleep(Duration::from_millis(20)).await;
    Err(MyError::WithoutData)
}

async fn three() -> Result<(), MyError> {
    sleep(Duration::from_millis(20)).await;
    panic!("three panicked on purpose");
}

/// Takes too long.
async fn four() -> Result<(), MyError> {
    sleep(Duration::from_secs(3600)).await;
    Ok(())
}

async fn five() -> Result<(), MyError> {
    sleep(Duration::from_millis(20)).await;
    Ok(())
}

struct Part(u32);

impl Part {
    async fn run(self) -> Result<(), MyError> {
        sleep(Duration::from_millis(20)).await;
        Err(MyError::WithData(self.0))
    }
}
