#[graceful::main(grace_period = "30s", lame_duck = "10s", drain_timeout = "20s")]
async fn main() {}
