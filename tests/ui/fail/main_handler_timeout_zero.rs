#[graceful::main(handler_timeout = "0s")]
async fn main() {}
