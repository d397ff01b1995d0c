//! The floor between the last guard and the first handler: plain tokio by hand, with a thread that waits for the end
//! of the work, and lets the application's runtime run the handler. So neither holds up the other.

use std::thread;

use graceful_benches::peer::{ByHand, Peer};
use graceful_benches::work::{drop_all, first_handler};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let peer = ByHand::start();
    tokio::spawn(drop_all(peer.stopping(), vec![peer.guard()]));
    let (end, ended) = oneshot::channel();
    let app = Handle::current();
    let supervisor = Builder::new_current_thread().build()?;
    let supervise = async move {
        peer.end().await;
        app.spawn(async move {
            first_handler();
            let _ = end.send(());
        });
    };
    thread::Builder::new().name("supervisor".to_owned()).spawn(move || supervisor.block_on(supervise))?;
    let _ = ended.await;
    Ok(())
}
