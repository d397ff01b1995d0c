//! Tracked tasks and guards of async-shutdown.

use graceful_benches::peer::AsyncShutdown;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    graceful_benches::work::run::<AsyncShutdown>().await
}
