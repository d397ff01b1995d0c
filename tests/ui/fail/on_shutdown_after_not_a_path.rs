use graceful::on_shutdown;

#[on_shutdown]
async fn stop_workers() {}

#[on_shutdown(after = 10)]
async fn close() {}

#[on_shutdown(after = [#[allow(dead_code)] stop_workers])]
async fn close_again() {}

#[graceful::main]
async fn main() {}
