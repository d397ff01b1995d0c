use graceful::on_shutdown;

#[on_shutdown(phase = "teerdown")]
async fn close() {}

fn main() {}
