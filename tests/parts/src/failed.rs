//! A part fails, and the service ends. The other part can clean up.

use std::time::Duration;

use graceful::OnError;
use tokio::time::sleep;

#[graceful::main]
pub(crate) async fn main() {
    graceful::task("one").on_error(OnError::Shutdown).spawn(one);
    graceful::task("two").on_error(OnError::Shutdown).spawn(two);
    println!("{}", graceful::shutdown_requested().await);
}

async fn one() -> Result<(), &'static str> {
    println!("one started");
    sleep(Duration::from_millis(20)).await;
    Err("one failed on purpose")
}

async fn two() {
    graceful::drain_started().await;
    println!("two stopped");
}
