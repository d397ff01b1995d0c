#[graceful::on_shutdown(named = "no")]
async fn close() {}

#[graceful::main]
async fn main() {}
