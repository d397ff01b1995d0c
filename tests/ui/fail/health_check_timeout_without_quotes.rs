use graceful::health_check;

#[health_check(timeout = 500ms)]
async fn database() -> bool {
    true
}

fn main() {}
