//! The counterpart of `serve_graceful` with async-shutdown.

use async_shutdown::ShutdownManager;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = ShutdownManager::new();
    println!("SIGTERM is safe");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let _ = shutdown.trigger_shutdown(());
    shutdown.wait_shutdown_complete().await;
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
