#[graceful::main(probes = "0.0.0.0:8081", heartbeat_timeout = "0s")]
async fn main() {}
