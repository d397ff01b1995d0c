use graceful::{Health, health_check};

#[derive(Debug)]
struct Failure;

type Found = Result<Health, Failure>;

#[health_check]
fn database() -> Found {
    Err(Failure)
}

fn main() {}
