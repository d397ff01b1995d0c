//! Two parts end when the service does.

use std::time::Duration;

use tokio::time::sleep;

#[graceful::main]
pub(crate) async fn main() {
    graceful::spawn_critical("one", one());
    graceful::spawn_critical("two", two());
    graceful::drain_started().await;
}

async fn one() {
    println!("one started");
    graceful::drain_started().await;
    println!("one stopping");
    sleep(Duration::from_millis(20)).await;
    println!("one stopped");
}

async fn two() {
    println!("two started");
    graceful::drain_started().await;
    println!("two stopping");
    sleep(Duration::from_millis(30)).await;
    println!("two stopped");
}
