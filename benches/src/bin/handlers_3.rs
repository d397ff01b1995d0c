//! A program with three linked handlers.

#[graceful::main(plan_test = false)]
async fn main() {
    println!("up");
    println!("armed");
    graceful::shutdown_requested().await;
}

#[graceful::on_shutdown]
async fn stop_workers() {}

#[graceful::on_shutdown]
async fn flush_cache() {}

#[graceful::on_shutdown]
async fn close_database() {}
