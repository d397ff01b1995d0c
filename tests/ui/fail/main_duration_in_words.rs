#[graceful::main(grace_period = "half a minute")]
async fn main() {}
