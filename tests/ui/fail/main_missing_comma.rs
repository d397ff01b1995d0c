#[graceful::main(grace_period = "30s" lame_duck = "5s")]
async fn main() {}
