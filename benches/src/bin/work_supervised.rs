//! Graceful's main promise on plain tokio: a thread that waits for signals and for the end of the work, and that a blocked
//! runtime does not hold up. It lets the application's runtime run the handlers.
//!
//! `last` is the time between the last guard and the first handler, and `handlers-N` the program with N handlers.

use std::error::Error;
use std::thread;

use graceful_benches::peer::{ByHand, Peer};
use graceful_benches::work::{argument, drop_all, first_handler, handlers};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Handle::current();
    match argument().strip_prefix("handlers-") {
        Some(number) => {
            let number = number.parse()?;
            supervised(async move { handlers(number, &app).await }).await
        }
        None => supervised(last(app)).await,
    }
}

/// Runs the future on its own thread, and waits for its end.
async fn supervised<T>(supervise: impl Future<Output = T> + Send + 'static) -> Result<(), Box<dyn Error>> {
    let (end, ended) = oneshot::channel();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let supervisor = move || {
        runtime.block_on(supervise);
        let _ = end.send(());
    };
    thread::Builder::new().name("supervisor".to_owned()).spawn(supervisor)?;
    Ok(ended.await?)
}

async fn last(app: Handle) {
    let peer = ByHand::start();
    app.spawn(drop_all(peer.stopping(), vec![peer.guard()]));
    peer.end().await;
    let _ = app.spawn(async { first_handler() }).await;
}
