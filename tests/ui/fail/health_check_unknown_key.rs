use graceful::health_check;

#[health_check(timout = "5s")]
async fn database() -> bool {
    true
}

fn main() {}
