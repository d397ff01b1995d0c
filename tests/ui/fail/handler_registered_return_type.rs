#[graceful::main]
async fn main() {
    graceful::handler("close").register(|| async { 5 }).unwrap();
}
