#[graceful::main(probes = "0.0.0.0:80810")]
async fn main() {}
