#[graceful::main(probes = "0.0.0.0:http")]
async fn main() {}
