//! Tracked tasks and guards of drain.

use graceful_benches::peer::Drain;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    graceful_benches::work::run::<Drain>().await
}
