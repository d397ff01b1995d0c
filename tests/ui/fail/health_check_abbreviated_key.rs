use graceful::health_check;

#[health_check(time = "5s")]
async fn database() -> bool {
    true
}

fn main() {}
