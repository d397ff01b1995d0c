#[graceful::main("30s")]
async fn main() {}
