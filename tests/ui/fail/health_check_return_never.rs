use graceful::health_check;

#[health_check]
async fn database() -> ! {
    std::future::pending().await
}

fn main() {}
