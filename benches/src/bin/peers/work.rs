//! Those that have guards.

use std::error::Error;

use graceful_benches::peer::Peer;
use graceful_benches::work::{GUARDS, Started, TASKS, drop_all, first_handler, signalled};

pub(crate) async fn run<P: Peer>(what: &str) -> Result<(), Box<dyn Error>> {
    let peer = P::start();
    match what {
        "tasks" => tasks(peer).await?,
        "drain" => drain(peer, GUARDS).await,
        "last" => drain(peer, 1).await,
        _ => return Err(format!("unknown: {what}").into()),
    }
    Ok(())
}

async fn tasks(peer: impl Peer) -> Result<(), Box<dyn Error>> {
    let signalled = signalled()?;
    let all = Started::default();
    for _ in 0..TASKS {
        let started = all.clone();
        peer.spawn_until_stopping(|| started.one());
    }
    all.all().await;
    println!("up");
    println!("armed");
    signalled.await;
    peer.end().await;
    Ok(())
}

async fn drain(peer: impl Peer, guards: usize) {
    let guards = (0..guards).map(|_| peer.guard()).collect();
    tokio::spawn(drop_all(peer.stopping(), guards));
    peer.end().await;
    first_handler();
}
