//! A program with three handlers of one priority, so they run at once.

#[graceful::main(plan_test = false)]
async fn main() {
    println!("SIGTERM is safe");
    graceful::shutdown_requested().await;
}

#[graceful::on_shutdown]
async fn stop_workers() {}

#[graceful::on_shutdown]
async fn flush_cache() {}

#[graceful::on_shutdown]
async fn close_database() {}
