#[graceful::main(grace_period = "-30s")]
async fn main() {}
