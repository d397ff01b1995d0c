use graceful::on_shutdown;

#[on_shutdown(priority = 10, priority = 20)]
async fn close() {}

fn main() {}
