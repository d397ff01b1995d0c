//! The floor of the build: an idle service with a supervisor by hand, made of the libraries that graceful is made of.

use std::process::exit;
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

const GRACE_PERIOD: &str = "24s";

struct Handler(fn());

inventory::collect!(Handler);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let grace_period = humantime::parse_duration(GRACE_PERIOD)?;
    let requested = CancellationToken::new();
    let request = requested.clone();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let inside = runtime.enter();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    drop(inside);
    let supervise = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        request.cancel();
        sleep(grace_period).await;
        exit(124)
    };
    thread::Builder::new().name("supervisor".to_owned()).spawn(move || runtime.block_on(supervise))?;
    serve(requested)
}

#[tokio::main]
async fn serve(requested: CancellationToken) -> Result<(), Box<dyn std::error::Error>> {
    println!("SIGTERM is safe");
    requested.cancelled().await;
    tracing::info!("teardown");
    for handler in inventory::iter::<Handler> {
        let run = async { (handler.0)() };
        timeout(humantime::parse_duration(GRACE_PERIOD)?, run).await?;
    }
    Ok(())
}

fn stop_workers() {
    println!("workers");
}

fn flush_cache() {
    println!("cache");
}

fn close_database() {
    println!("database");
}

inventory::submit!(Handler(stop_workers));
inventory::submit!(Handler(flush_cache));
inventory::submit!(Handler(close_database));
