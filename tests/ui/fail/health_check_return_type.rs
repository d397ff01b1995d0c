use graceful::health_check;

#[health_check]
async fn database() -> u32 {
    200
}

fn main() {}
