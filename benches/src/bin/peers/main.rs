//! What `cargo bench --bench table` measures of the peers: `peers NAME tasks`, `drain`, `last`, or `handlers-N`.

mod handlers;
mod subsystems;
mod work;

use std::error::Error;

use graceful_benches::peer::{AsyncShutdown, ByHand, Drain, TokioGraceful, Tracker};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, what] = &arguments[..] else { return Err("two arguments are needed".into()) };
    match name.as_str() {
        "by-hand" if what.starts_with("handlers-") => handlers::run(what).await,
        "by-hand" => work::run::<ByHand>(what).await,
        "task-tracker" => work::run::<Tracker>(what).await,
        "tokio-graceful-shutdown" => subsystems::run(what).await,
        "tokio-graceful" => work::run::<TokioGraceful>(what).await,
        "async-shutdown" => work::run::<AsyncShutdown>(what).await,
        "drain" => work::run::<Drain>(what).await,
        _ => Err(format!("an unknown peer: {name}").into()),
    }
}
