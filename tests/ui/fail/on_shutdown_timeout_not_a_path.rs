use std::time::Duration;

use graceful::on_shutdown;

#[on_shutdown(timeout = Duration::from_secs(5))]
async fn close() {}

fn main() {}
