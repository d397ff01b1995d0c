#[graceful::main(configure = settings)]
async fn main() {}
