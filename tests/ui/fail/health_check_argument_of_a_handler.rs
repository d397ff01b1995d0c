use graceful::health_check;

#[health_check]
async fn database(reason: graceful::Reason) -> bool {
    drop(reason);
    true
}

fn main() {}
