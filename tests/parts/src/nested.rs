//! A part in a part. The inner one ends first.

use std::time::Duration;

use graceful::Scope;
use tokio::time::sleep;

#[graceful::main]
pub(crate) async fn main() {
    let outer = graceful::scope("one");
    outer.spawn(one(outer.clone()));
    println!("{} ended", outer.ended().await.scope());
}

async fn one(outer: Scope) {
    let inner = outer.scope("two");
    inner.spawn(two(inner.clone()));
    println!("one started");
    outer.drain_started().await;
    println!("one stopping");
    println!("{} ended", inner.ended().await.scope());
    println!("one stopped");
}

async fn two(inner: Scope) {
    println!("two started");
    inner.drain_started().await;
    println!("two stopping");
    sleep(Duration::from_millis(20)).await;
    println!("two stopped");
}
