#[graceful::main(signals = [SIGKILL])]
async fn main() {}
