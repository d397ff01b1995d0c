use graceful::health_check;

#[health_check]
async fn database() -> bool {
    "yes"
}

fn main() {}
