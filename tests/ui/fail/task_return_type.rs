use std::time::Duration;

use graceful::Backoff;

#[graceful::main]
async fn main() {
    let backoff = Backoff::exponential(Duration::from_secs(1)..Duration::from_secs(9));
    graceful::task("consumer").restart(backoff).spawn(async || 5);
}
