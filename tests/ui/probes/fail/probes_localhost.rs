#[graceful::main(probes = "localhost:8081")]
async fn main() {}
