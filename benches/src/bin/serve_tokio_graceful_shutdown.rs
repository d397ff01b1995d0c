//! The counterpart of `serve_graceful` with tokio-graceful-shutdown.

use std::time::Duration;

use tokio_graceful_shutdown::{SubsystemHandle, Toplevel};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let toplevel = Toplevel::new(async |top: &mut SubsystemHandle| {
        top.on_shutdown_requested().await;
    });
    let toplevel = toplevel.catch_signals();
    println!("SIGTERM is safe");
    toplevel.handle_shutdown_requests(Duration::from_secs(25)).await?;
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
