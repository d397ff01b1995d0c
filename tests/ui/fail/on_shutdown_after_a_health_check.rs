#[graceful::health_check]
async fn works() -> bool {
    true
}

#[graceful::on_shutdown(after = works)]
async fn close() {}

#[graceful::main]
async fn main() {}
