use graceful::on_shutdown;

#[on_shutdown(timeout = 500ms)]
async fn close() {}

fn main() {}
