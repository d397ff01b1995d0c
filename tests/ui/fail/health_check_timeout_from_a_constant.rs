use std::time::Duration;

use graceful::health_check;

const TIMEOUT: Duration = Duration::from_secs(1);

#[health_check(timeout = TIMEOUT)]
async fn ping() -> bool {
    true
}

fn main() {}
