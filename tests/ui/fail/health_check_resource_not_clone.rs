use graceful::{Resource, health_check};

struct Pool;

#[health_check]
async fn database(Resource(pool): Resource<Pool>) -> bool {
    drop(pool);
    true
}

fn main() {}
