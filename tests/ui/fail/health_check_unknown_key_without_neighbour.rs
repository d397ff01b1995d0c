use graceful::health_check;

#[health_check(interval = "5s")]
async fn database() -> bool {
    true
}

fn main() {}
