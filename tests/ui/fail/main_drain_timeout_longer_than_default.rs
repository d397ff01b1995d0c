#[graceful::main(drain_timeout = "45s")]
async fn main() {}
