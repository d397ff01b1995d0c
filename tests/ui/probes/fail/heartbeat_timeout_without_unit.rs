#[graceful::main(heartbeat_timeout = "10")]
async fn main() {}
