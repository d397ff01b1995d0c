#[graceful::main(probes = "256.0.0.1:8081")]
async fn main() {}
