#[graceful::main(probes = "0.0.0.0:8081/livez")]
async fn main() {}
