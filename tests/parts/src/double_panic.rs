//! A part panics in the shutdown that the panic of another one began. The third ends cleanly, on the same thread.

use std::time::Duration;

use tokio::time::sleep;

#[graceful::main(flavor = "current_thread")]
pub(crate) async fn main() {
    graceful::spawn_critical("one", one());
    graceful::drain_started().await;
}

async fn one() {
    graceful::spawn_critical("two", two());
    graceful::spawn_critical("three", three());
    graceful::drain_started().await;
    println!("one stopping");
    panic!("one panicked on purpose");
}

async fn two() {
    sleep(Duration::from_millis(20)).await;
    panic!("two panicked on purpose");
}

async fn three() {
    graceful::drain_started().await;
    println!("three stopping");
    sleep(Duration::from_millis(20)).await;
    println!("three stopped");
}
