//! Tracked tasks, guards and handlers on plain tokio. The argument `handlers-N` is the program with N handlers.

use std::error::Error;

use graceful_benches::peer::ByHand;
use graceful_benches::work::{argument, handlers, run};
use tokio::runtime::Handle;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match argument().strip_prefix("handlers-") {
        Some(number) => Ok(handlers(number.parse()?, &Handle::current()).await?),
        None => run::<ByHand>().await,
    }
}
