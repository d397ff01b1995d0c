#[graceful::main(grace_period = 1m 30s)]
async fn main() {}
