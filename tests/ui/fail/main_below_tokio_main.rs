#[tokio::main]
#[graceful::main]
async fn main() {
    std::future::ready(()).await;
}
