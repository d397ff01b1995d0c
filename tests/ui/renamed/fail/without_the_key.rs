#[bye::on_shutdown]
async fn close() {}

#[bye::health_check]
async fn works() -> bool {
    true
}

#[bye::main]
async fn main() {}
