#[graceful::main(probes = "::1:8081")]
async fn main() {}
