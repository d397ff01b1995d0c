use std::time::Duration;

use graceful::on_shutdown;

#[on_shutdown(timeout = Duration::MAX)]
async fn close() {}

fn main() {}
