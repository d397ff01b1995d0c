#[graceful::main(systemd = true)]
async fn main() {}
