use graceful::health_check;

enum Status {
    Up,
}

#[health_check]
fn database() -> Status {
    Status::Up
}

fn main() {}
