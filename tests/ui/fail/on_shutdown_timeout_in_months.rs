#[graceful::on_shutdown(timeout = "1M")]
async fn close() {}

fn main() {}
