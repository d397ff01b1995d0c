//! Tracked tasks and guards of tokio-util's `TaskTracker`.

use graceful_benches::peer::Tracker;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    graceful_benches::work::run::<Tracker>().await
}
