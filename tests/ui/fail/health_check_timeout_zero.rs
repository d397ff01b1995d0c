use graceful::health_check;

#[health_check(timeout = "0s")]
async fn database() -> bool {
    true
}

fn main() {}
