struct Failure;

#[graceful::main]
async fn main() -> Result<(), Failure> {
    Err(Failure)
}
