#[graceful::main]
#[graceful::main]
async fn main() {}
