//! A part panics, and the service ends. The other part can clean up.

use std::time::Duration;

use graceful::OnError;
use tokio::time::sleep;

#[graceful::main]
pub(crate) async fn main() {
    graceful::spawn_critical("one", one());
    graceful::drain_started().await;
}

async fn one() {
    graceful::task("two").on_error(OnError::Shutdown).spawn(two);
    println!("one started");
    graceful::drain_started().await;
    println!("one stopping");
    sleep(Duration::from_millis(20)).await;
    println!("one stopped");
}

async fn two() {
    sleep(Duration::from_millis(20)).await;
    panic!("two panicked on purpose");
}
