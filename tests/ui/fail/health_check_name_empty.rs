use graceful::health_check;

#[health_check(name = "")]
async fn database() -> bool {
    true
}

fn main() {}
