#[graceful::main(heartbeat_timeout = "0s")]
async fn main() {}
