use graceful::{Health, health_check};

#[health_check]
async fn database() -> Option<Health> {
    None
}

fn main() {}
