//! Tracked tasks, guards and handlers on plain tokio. The argument `handlers-N` is the program with N handlers, which
//! promise the same as graceful's: each has a timeout, and a panic of one does not stop the others.

use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

use graceful_benches::peer::ByHand;
use graceful_benches::work::{argument, run, signalled};
use tokio::task::JoinSet;
use tokio::time::timeout;

type Handler = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match argument().strip_prefix("handlers-") {
        Some(number) => handlers(number.parse()?).await,
        None => run::<ByHand>().await,
    }
}

async fn handlers(number: usize) -> Result<(), Box<dyn Error>> {
    let signalled = signalled()?;
    let handlers: Vec<Handler> = (0..number).map(|_| handler()).collect();
    println!("SIGTERM is safe");
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
