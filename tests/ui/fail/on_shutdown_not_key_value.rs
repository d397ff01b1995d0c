use graceful::on_shutdown;

#[on_shutdown(10)]
async fn close() {}

fn main() {}
