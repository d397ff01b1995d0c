use graceful::on_shutdown;

#[on_shutdown(name = database)]
async fn close() {}

fn main() {}
