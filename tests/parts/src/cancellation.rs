//! The drain cancels a countdown.

use std::time::Duration;

use tokio::time::sleep;

#[graceful::main]
pub(crate) async fn main() {
    match graceful::until_drain(countdown()).await {
        Some(()) => println!("countdown finished"),
        None => println!("countdown cancelled"),
    }
}

async fn countdown() {
    for second in (1..60).rev() {
        println!("countdown: {second}");
        sleep(Duration::from_secs(1)).await;
    }
}
