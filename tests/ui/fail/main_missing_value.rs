#[graceful::main(grace_period)]
async fn main() {}
