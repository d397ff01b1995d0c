use graceful::on_shutdown;

#[on_shutdown]
async fn stop_workers() {}

#[on_shutdown(after = stop_workers::<u8>)]
async fn close() {}

#[graceful::main]
async fn main() {}
