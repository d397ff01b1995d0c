use graceful::health_check;

#[health_check(timeout = "5s", timeout = "6s")]
async fn database() -> bool {
    true
}

fn main() {}
