use graceful::health_check;

#[health_check(priority = 10, phase = "drain")]
async fn database() -> bool {
    true
}

fn main() {}
