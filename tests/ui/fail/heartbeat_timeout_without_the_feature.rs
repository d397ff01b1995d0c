#[graceful::main(heartbeat_timeout = "10s", health_cache = "0s")]
async fn main() {}
