#[graceful::main(probes = "0.0.0.0")]
async fn main() {}
