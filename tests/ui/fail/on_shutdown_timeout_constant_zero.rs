use std::time::Duration;

use graceful::on_shutdown;

const TIMEOUT: Duration = Duration::from_millis(0);

#[on_shutdown(timeout = TIMEOUT)]
async fn close() {}

fn main() {}
