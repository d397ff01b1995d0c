async fn stop_workers() {}

#[graceful::on_shutdown(after = stop_workers)]
async fn close() {}

#[graceful::main]
async fn main() {
    stop_workers().await;
}
