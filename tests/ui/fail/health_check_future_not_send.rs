use graceful::health_check;

#[health_check]
async fn database() -> bool {
    let count = std::rc::Rc::new(5);
    std::future::ready(()).await;
    *count == 5
}

fn main() {}
