//! The counterpart of `serve_graceful` with tokio-util's `TaskTracker`.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    println!("SIGTERM is safe");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.cancel();
    tracker.close();
    tracker.wait().await;
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
