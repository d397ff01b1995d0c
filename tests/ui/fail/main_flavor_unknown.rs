#[graceful::main(flavor = "multithread")]
async fn main() {}
