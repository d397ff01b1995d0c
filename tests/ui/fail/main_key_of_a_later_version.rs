#[graceful::main(manifest = "deploy/deployment.yaml")]
async fn main() {}
