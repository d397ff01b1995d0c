//! Tracked tasks and guards of tokio-graceful.

use graceful_benches::peer::TokioGraceful;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    graceful_benches::work::run::<TokioGraceful>().await
}
