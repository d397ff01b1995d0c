//! The counterpart of `serve_graceful` with drain.

use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // Nothing is in flight, so nothing holds a `Watch`.
    let (stop, _) = drain::channel();
    println!("SIGTERM is safe");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.drain().await;
    stop_workers().await;
    flush_cache().await;
    close_database().await;
    Ok(())
}

async fn stop_workers() {
    println!("workers");
}

async fn flush_cache() {
    println!("cache");
}

async fn close_database() {
    println!("database");
}
