#[graceful::main(grace_period = "30s", grace_period = "20s")]
async fn main() {}
