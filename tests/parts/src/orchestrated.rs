//! A part stops the parts that it has started, one after another and in an order that it decides.

use std::time::Duration;

use graceful::CancellationToken;
use tokio::time::sleep;

#[graceful::main(flavor = "current_thread")]
pub(crate) async fn main() {
    graceful::spawn_critical("root", root());
    graceful::drain_started().await;
}

async fn root() {
    let children = ["one", "two", "three"].map(|name| {
        let stop = CancellationToken::new();
        (stop.clone(), graceful::spawn(child(name, stop)))
    });
    graceful::drain_started().await;
    for (stop, child) in children {
        stop.cancel();
        let _ = child.await;
    }
    println!("root stopped");
}

async fn child(name: &str, stop: CancellationToken) {
    let mut count = 0;
    while stop.run_until_cancelled(sleep(Duration::from_millis(5))).await.is_some() {
        count += 1;
        println!("{name}: {count}");
    }
    println!("{name} stopping");
    sleep(Duration::from_millis(20)).await;
    println!("{name} stopped");
}
