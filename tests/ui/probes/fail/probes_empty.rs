#[graceful::main(probes = "")]
async fn main() {}
