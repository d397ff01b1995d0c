//! The smallest program: main waits, and one function runs at the end.
//!
//! ```text
//! $ cargo run --example 01_minimal
//! running: press Ctrl-C, or `kill <pid>`
//! goodbye
//! ```

use graceful::on_shutdown;

#[graceful::main]
async fn main() {
    println!("running: press Ctrl-C, or `kill {}`", std::process::id());
    graceful::shutdown_requested().await;
}

#[on_shutdown]
async fn say_goodbye() {
    println!("goodbye");
}
