//! A part fails with an error of anyhow.

use anyhow::{Result, anyhow};
use graceful::OnError;

#[graceful::main]
pub(crate) async fn main() {
    graceful::task("part").on_error(OnError::Shutdown).spawn(part);
    graceful::drain_started().await;
}

async fn part() -> Result<()> {
    Err(anyhow!("disk full").context("cannot commit"))
}
