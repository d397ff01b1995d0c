use graceful::health_check;

#[health_check(crate = 5)]
async fn database() -> bool {
    true
}

fn main() {}
