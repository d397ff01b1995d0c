use graceful::{Resource, health_check};

#[health_check]
fn database(pool: &Resource<String>) -> bool {
    !pool.0.is_empty()
}

fn main() {}
