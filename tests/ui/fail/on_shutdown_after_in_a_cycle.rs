use graceful::on_shutdown;

#[on_shutdown(after = close_database)]
async fn stop_workers() {}

#[on_shutdown(after = stop_workers)]
async fn flush_cache() {}

#[on_shutdown(after = flush_cache)]
async fn close_database() {}

#[graceful::main]
async fn main() {}
