//! Attributes and documentation stay, above and below.

/// Serves.
#[allow(clippy::needless_return)]
#[graceful::main(
    grace_period = "2s",
    lame_duck = "0s",
    drain_timeout = "500ms",
    handler_timeout = "1s",
    signals = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2],
    health_cache = "0s",
    plan_test = true,
    flavor = "multi_thread",
    worker_threads = 2,
    name = "app",
    crate = "graceful",
)]
#[warn(unused_variables)]
pub(crate) async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    #![allow(unused_mut)]
    let mut port: u16 = "80".parse()?;
    assert_eq!(port, 80);
    return Ok(());
}
