use graceful::on_shutdown;

mod order {
    pub const WORKERS: i32 = 10;
    pub const DATABASE: i32 = 20;
}

#[on_shutdown(priority = order::WORKERS)]
async fn stop_workers() {}

#[on_shutdown]
async fn flush() {}

#[on_shutdown(priority = order::DATABASE, after = [stop_workers, flush])]
async fn close() {}

#[graceful::main]
async fn main() {}
