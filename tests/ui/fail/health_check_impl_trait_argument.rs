use graceful::health_check;

#[health_check]
async fn database(pool: graceful::Resource<impl Clone>) -> bool {
    drop(pool);
    true
}

fn main() {}
