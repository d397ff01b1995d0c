#[graceful::main(grace_period = "10s", handler_timeout = "11s")]
async fn main() {}
