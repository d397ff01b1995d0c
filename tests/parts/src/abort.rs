//! A part that is stuck is aborted, with the part in it. The rest continues.

use std::time::Duration;

use tokio::time::sleep;

#[graceful::main(flavor = "current_thread")]
pub(crate) async fn main() {
    let nested = graceful::scope("nested");
    nested.spawn(stuck("two"));
    nested.scope("inner").spawn(stuck("three"));
    sleep(Duration::from_millis(30)).await;
    let report = nested.shut_down(Duration::ZERO).await;
    println!("aborted: {}", report.abandoned().len());
    graceful::drain_started().await;
    println!("stopping");
}

async fn stuck(name: &str) {
    loop {
        println!("{name} is stuck");
        sleep(Duration::from_millis(5)).await;
    }
}
