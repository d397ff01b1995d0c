#[graceful::main(grace_period = "99999999999999999999s")]
async fn main() {}
