use graceful::on_shutdown;

#[on_shutdown(phase = drain)]
async fn close() {}

fn main() {}
