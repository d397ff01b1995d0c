#[graceful::main(health_cache = "1")]
async fn main() {}
