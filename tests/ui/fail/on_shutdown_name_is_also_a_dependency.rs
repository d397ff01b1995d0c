#[graceful::on_shutdown]
async fn tokio() {
    tokio::task::yield_now().await;
}

#[graceful::main]
async fn main() {}
