#[graceful::on_shutdown(after = close)]
async fn close() {}

#[graceful::main]
async fn main() {}
