use graceful::on_shutdown;

#[on_shutdown(priority = 1.5)]
async fn close() {}

fn main() {}
