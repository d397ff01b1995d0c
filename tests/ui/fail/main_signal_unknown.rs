#[graceful::main(signals = [SIGTERM, SIGQIUT])]
async fn main() {}
