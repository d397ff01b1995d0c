#[derive(Debug)]
struct Failure;

#[graceful::main]
async fn main() {
    graceful::handler("close").register_blocking(|| Err::<(), _>(Failure)).unwrap();
}
