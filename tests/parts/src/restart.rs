//! A part is started again after each panic.

use std::time::Duration;

use graceful::Backoff;
use tokio::time::sleep;

#[graceful::main(flavor = "current_thread")]
pub(crate) async fn main() {
    let backoff = Backoff::exponential(Duration::from_millis(1)..Duration::from_millis(10));
    let mut attempt = 0;
    graceful::task("part").restart(backoff).spawn(move || {
        attempt += 1;
        part(attempt)
    });
    graceful::drain_started().await;
    println!("stopping");
}

async fn part(attempt: u32) {
    println!("attempt {attempt}");
    if graceful::until_drain(sleep(Duration::from_millis(5))).await.is_some() {
        panic!("part panicked on purpose");
    }
}
