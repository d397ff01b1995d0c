#[graceful::main]
async fn main() {
    graceful::health_check("database").register(|| async { "works" }).unwrap();
}
