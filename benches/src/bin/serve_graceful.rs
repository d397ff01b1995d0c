//! An idle service with three handlers that run in turn. Its start, its exit, its memory and its size are measured.

use graceful::on_shutdown;

#[graceful::main(plan_test = false)]
async fn main() {
    println!("SIGTERM is safe");
    graceful::shutdown_requested().await;
}

#[on_shutdown(priority = 30)]
async fn stop_workers() {
    println!("workers");
}

#[on_shutdown(priority = 20)]
async fn flush_cache() {
    println!("cache");
}

#[on_shutdown(priority = 10)]
async fn close_database() {
    println!("database");
}
