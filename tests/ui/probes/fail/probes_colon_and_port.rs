#[graceful::main(probes = ":8081")]
async fn main() {}
