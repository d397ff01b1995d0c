#[graceful::on_shutdown(after = crate::close)]
async fn close() {}

#[graceful::main]
async fn main() {}
