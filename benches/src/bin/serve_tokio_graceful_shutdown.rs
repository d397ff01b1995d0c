//! The counterpart of `serve_graceful` with tokio-graceful-shutdown.

use std::time::Duration;

use tokio_graceful_shutdown::{SubsystemBuilder, SubsystemHandle, Toplevel};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let toplevel = Toplevel::new(async |top: &mut SubsystemHandle| {
        top.start(SubsystemBuilder::new("server", async |server: &mut SubsystemHandle| {
            server.on_shutdown_requested().await;
            Ok::<(), std::io::Error>(())
        }));
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
