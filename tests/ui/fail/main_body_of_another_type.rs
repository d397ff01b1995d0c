#[graceful::main]
async fn main() -> Result<(), String> {
    std::future::ready(5).await
}
