#[graceful::main(grace_period = "30s")]
#[tokio::main]
async fn main() {}
