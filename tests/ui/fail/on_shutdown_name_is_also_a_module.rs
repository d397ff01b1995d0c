mod metrics {}

#[graceful::on_shutdown]
async fn metrics() {}

#[graceful::main]
async fn main() {}
