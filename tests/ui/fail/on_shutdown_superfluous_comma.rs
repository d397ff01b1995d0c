use graceful::on_shutdown;

#[on_shutdown(priority = 10,, timeout = "5s")]
async fn close() {}

fn main() {}
