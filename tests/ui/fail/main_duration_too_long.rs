#[graceful::main(grace_period = "1000 years")]
async fn main() {}
