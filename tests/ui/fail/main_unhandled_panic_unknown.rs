#[graceful::main(flavor = "current_thread", unhandled_panic = "shutdown")]
async fn main() {}
