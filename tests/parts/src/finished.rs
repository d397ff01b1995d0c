//! A part ends with `Ok`, and the service continues.

use std::time::Duration;

use graceful::OnError;
use tokio::time::sleep;

#[graceful::main]
pub(crate) async fn main() {
    let one = graceful::task("one").on_error(OnError::Shutdown).spawn(one);
    graceful::spawn_critical("two", two());
    println!("one: {:?}", one.await);
    println!("{}", graceful::shutdown_requested().await);
}

async fn one() -> Result<(), &'static str> {
    println!("one started");
    sleep(Duration::from_millis(20)).await;
    Ok(())
}

async fn two() {
    graceful::drain_started().await;
    println!("two stopped");
}
