use graceful::health_check;

struct Pool;

#[health_check]
async fn database(pool: Pool, deadline: graceful::Deadline) -> bool {
    drop((pool, deadline));
    true
}

fn main() {}
