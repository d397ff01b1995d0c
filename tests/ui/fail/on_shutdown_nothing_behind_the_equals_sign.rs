use graceful::on_shutdown;

#[on_shutdown(timeout =)]
async fn close() {}

fn main() {}
