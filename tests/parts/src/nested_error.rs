//! A part in a part fails. The outer one ends, and main returns the error.

use std::time::Duration;

use graceful::{OnError, Scope, ScopeError};
use tokio::time::sleep;

#[graceful::main]
pub(crate) async fn main() -> Result<(), ScopeError> {
    let scope = graceful::scope("parts");
    scope.spawn(one(scope.clone()));
    scope.ended().await.errors().first().cloned().map_or(Ok(()), Err)
}

async fn one(scope: Scope) {
    scope.task("two").on_error(OnError::Shutdown).spawn(two);
    println!("one started");
    scope.drain_started().await;
    println!("one stopping");
    sleep(Duration::from_millis(20)).await;
    println!("one stopped");
}

async fn two() -> Result<(), &'static str> {
    sleep(Duration::from_millis(20)).await;
    Err("two failed on purpose")
}
