use graceful::on_shutdown;

#[on_shutdown]
async fn stop_workers() {}

#[on_shutdown(after = "stop_workers")]
async fn close() {}

#[on_shutdown(after = [crate::close(), "stop workers"])]
async fn close_again() {}

#[graceful::main]
async fn main() {}
