use graceful::health_check;

#[health_check]
#[graceful::health_check(name = "again")]
async fn database() -> bool {
    true
}

fn main() {}
