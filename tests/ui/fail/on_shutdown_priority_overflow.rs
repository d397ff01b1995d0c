use graceful::on_shutdown;

#[on_shutdown(priority = 3000000000)]
async fn close() {}

fn main() {}
