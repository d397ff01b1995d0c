//! A part fails with an error of eyre.

use eyre::{Result, eyre};
use graceful::OnError;

#[graceful::main]
pub(crate) async fn main() {
    graceful::task("part").on_error(OnError::Shutdown).spawn(part);
    graceful::drain_started().await;
}

async fn part() -> Result<()> {
    Err(eyre!("disk full").wrap_err("cannot commit"))
}
