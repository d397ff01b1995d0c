//! Handlers by hand that promise what graceful's do: a panic of one stops none of the others, and each has a timeout.

use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

use graceful_benches::work::signalled;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::subsystems::handlers;

type Handler = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

pub(crate) async fn run(what: &str) -> Result<(), Box<dyn Error>> {
    let signalled = signalled()?;
    let handlers: Vec<Handler> = (0..handlers(what)?).map(|_| handler()).collect();
    println!("up");
    println!("armed");
    signalled.await;
    let mut running = JoinSet::new();
    for handler in handlers {
        running.spawn(timeout(Duration::from_secs(5), handler()));
    }
    while running.join_next().await.is_some() {}
    Ok(())
}

fn handler() -> Handler {
    Box::new(|| Box::pin(close()))
}

async fn close() {}
