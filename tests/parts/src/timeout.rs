//! A part takes longer than the drain allows. It is cancelled, and the exit code says so.

use std::time::Duration;

use tokio::time::sleep;

#[graceful::main(drain_timeout = "100ms")]
pub(crate) async fn main() {
    graceful::spawn_critical("slow", slow());
    graceful::drain_started().await;
}

async fn slow() {
    println!("slow started");
    graceful::drain_started().await;
    println!("slow stopping");
    sleep(Duration::from_secs(3600)).await;
    println!("slow stopped");
}
