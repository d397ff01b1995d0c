use graceful::health_check;

#[health_check]
fn database() -> impl Future<Output = bool> {
    std::future::ready(true)
}

fn main() {}
