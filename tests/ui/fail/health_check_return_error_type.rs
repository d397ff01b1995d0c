use graceful::health_check;

#[derive(Debug)]
struct Failure;

#[health_check]
async fn database() -> Result<(), Failure> {
    Err(Failure)
}

fn main() {}
