use graceful::on_shutdown;

const TIMEOUT: &str = "5s";

#[on_shutdown(timeout = TIMEOUT)]
async fn close() {}

fn main() {}
