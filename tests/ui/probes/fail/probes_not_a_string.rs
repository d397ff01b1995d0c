#[graceful::main(probes = true)]
async fn main() {}
