use graceful::health_check;

#[health_check]
async fn database() -> bool {
    let x = ;
    true
}

fn main() {}
