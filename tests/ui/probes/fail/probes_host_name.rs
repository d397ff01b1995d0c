#[graceful::main(probes = "probes.example.com:8081")]
async fn main() {}
