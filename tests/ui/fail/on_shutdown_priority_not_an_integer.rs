use graceful::on_shutdown;

#[on_shutdown(priority = "10")]
async fn close() {}

fn main() {}
