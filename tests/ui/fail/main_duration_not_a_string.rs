#[graceful::main(grace_period = 30)]
async fn main() {}
