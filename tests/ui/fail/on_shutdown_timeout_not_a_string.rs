use graceful::on_shutdown;

#[on_shutdown(timeout = 5)]
async fn close() {}

fn main() {}
