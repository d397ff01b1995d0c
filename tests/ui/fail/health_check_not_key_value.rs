use graceful::health_check;

#[health_check("database")]
async fn database() -> bool {
    true
}

fn main() {}
