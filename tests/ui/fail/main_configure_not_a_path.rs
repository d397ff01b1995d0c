#[graceful::main(configure = |config| config)]
async fn main() {}
