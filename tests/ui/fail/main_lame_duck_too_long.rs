#[graceful::main(grace_period = "10s", lame_duck = "10s")]
async fn main() {}
