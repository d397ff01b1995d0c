use graceful::on_shutdown;

#[on_shutdown(phase = "flush")]
async fn push_metrics() {}

#[on_shutdown(after = push_metrics)]
async fn close() {}

#[graceful::main]
async fn main() {}
