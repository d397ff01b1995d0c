use graceful::health_check;

struct Database;

impl Database {
    #[health_check]
    async fn works() -> bool {
        true
    }
}

fn main() {}
