use graceful::health_check;

#[health_check]
struct Database;

fn main() {}
