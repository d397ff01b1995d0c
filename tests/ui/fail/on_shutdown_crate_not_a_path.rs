use graceful::on_shutdown;

#[on_shutdown(crate = "not a path")]
async fn close() {}

fn main() {}
