//! A part ends with the part in it, and the rest continues.

use std::time::Duration;

use graceful::Scope;

#[graceful::main(flavor = "current_thread")]
pub(crate) async fn main() {
    graceful::spawn_critical("one", one());
    graceful::drain_started().await;
}

async fn one() {
    let nested = graceful::scope("nested");
    nested.spawn(two(nested.clone()));
    nested.spawn(three(nested.scope("three")));
    println!("one stops the nested parts");
    let report = nested.shut_down(Duration::from_secs(10)).await;
    println!("{} ended, clean: {}", report.scope(), report.is_clean());
    graceful::drain_started().await;
    println!("one stopped");
}

async fn two(nested: Scope) {
    nested.drain_started().await;
    println!("two stopped");
}

async fn three(nested: Scope) {
    nested.drain_started().await;
    println!("three stopped");
}
