//! A panic in a part that is shut down is returned to its caller, and the rest continues.

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
    let inner = nested.scope("inner");
    inner.task("three").spawn(move || three(inner.clone()));
    println!("one stops the nested parts");
    for error in nested.shut_down(Duration::from_secs(10)).await.errors() {
        println!("{error}");
    }
    println!("nested parts ended");
    graceful::drain_started().await;
    println!("one stopped");
}

async fn two(nested: Scope) {
    nested.drain_started().await;
    println!("two stopped");
}

async fn three(inner: Scope) {
    inner.drain_started().await;
    panic!("three panicked on purpose");
}
