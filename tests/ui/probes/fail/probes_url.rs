#[graceful::main(probes = "http://localhost:8081/livez")]
async fn main() {}
