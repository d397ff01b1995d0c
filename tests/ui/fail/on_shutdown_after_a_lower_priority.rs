use graceful::on_shutdown;

#[on_shutdown(priority = 10)]
async fn stop_workers() {}

#[on_shutdown(priority = 20, after = stop_workers)]
async fn close() {}

#[graceful::main]
async fn main() {}
