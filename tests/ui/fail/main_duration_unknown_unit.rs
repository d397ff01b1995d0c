#[graceful::main(grace_period = "30 sceonds")]
async fn main() {}
