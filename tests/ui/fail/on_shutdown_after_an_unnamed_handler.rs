use graceful::on_shutdown;

#[on_shutdown(named = false)]
async fn stop_workers() {}

#[on_shutdown(after = stop_workers)]
async fn close() {}

#[graceful::main]
async fn main() {}
