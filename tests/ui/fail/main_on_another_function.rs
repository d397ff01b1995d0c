#[graceful::main]
async fn start() {}

fn main() {}
