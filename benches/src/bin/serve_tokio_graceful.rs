//! The counterpart of `serve_graceful` with tokio-graceful.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_graceful::Shutdown;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The crate's default signal is registered by a task, so main would not know when.
    let signalled = signalled()?;
    let shutdown = Shutdown::new(signalled);
    println!("SIGTERM is safe");
    shutdown.shutdown_with_limit(Duration::from_secs(25)).await?;
    stop_workers().await;
    flush_cache().await;
    close_database().await;
    Ok(())
}

/// Registers SIGTERM and SIGINT, and returns a future that waits for one of them.
fn signalled() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
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
