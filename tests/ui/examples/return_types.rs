use std::error::Error;
use std::fmt::{Debug, Display};

use graceful::on_shutdown;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// Converts, but cannot be shown.
struct Convertible;

impl From<Convertible> for Box<dyn Error + Send + Sync> {
    fn from(_: Convertible) -> Self {
        "converted".into()
    }
}

#[on_shutdown]
async fn unit() -> () {}

#[on_shutdown]
async fn string() -> std::result::Result<(), String> {
    Ok(())
}

#[on_shutdown]
async fn string_slice() -> Result<(), &'static str> {
    Ok(())
}

#[on_shutdown]
async fn alias() -> Result<()> {
    Ok(())
}

#[on_shutdown]
async fn not_send() -> Result<(), Box<dyn Error>> {
    Ok(())
}

#[on_shutdown]
fn io() -> std::io::Result<()> {
    Ok(())
}

#[on_shutdown]
async fn converted() -> Result<(), Convertible> {
    Ok(())
}

#[on_shutdown]
fn opaque() -> Result<(), impl Display + Debug> {
    "1".parse::<u8>().map(drop)
}

#[on_shutdown(timeout = "10ms")]
async fn never() -> ! {
    std::future::pending().await
}

#[on_shutdown(timeout = "10ms")]
fn never_without_async() -> ! {
    panic!("on purpose")
}

#[graceful::main]
async fn main() {
    // What becomes of the errors is not for this test.
    std::process::exit(0);
}
