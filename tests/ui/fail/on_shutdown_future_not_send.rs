use graceful::on_shutdown;

#[on_shutdown]
async fn close() {
    let count = std::rc::Rc::new(5);
    std::future::ready(()).await;
    drop(count);
}

fn main() {}
