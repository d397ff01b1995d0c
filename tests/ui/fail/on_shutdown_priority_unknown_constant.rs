use graceful::on_shutdown;

#[on_shutdown(priority = LAST)]
async fn close() {}

fn main() {}
