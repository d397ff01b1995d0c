use graceful::on_shutdown;

#[on_shutdown(timeout = "0s")]
async fn close() {}

fn main() {}
