//! A part starts the shutdown.

use std::time::Duration;

use tokio::time::sleep;

#[graceful::main]
pub(crate) async fn main() {
    graceful::spawn(part());
    println!("{}", graceful::shutdown_requested().await);
}

async fn part() {
    match graceful::until_drain(countdown()).await {
        Some(()) => graceful::request_shutdown(),
        None => println!("countdown cancelled"),
    }
}

async fn countdown() {
    for tick in (1..4).rev() {
        println!("shutting down in {tick}");
        sleep(Duration::from_millis(10)).await;
    }
}
