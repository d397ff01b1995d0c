#[graceful::main(probes = 0.0.0.0:8081)]
async fn main() {}
