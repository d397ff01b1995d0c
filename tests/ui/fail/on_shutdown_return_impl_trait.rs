use graceful::on_shutdown;

#[on_shutdown]
fn close() -> impl Future<Output = ()> {
    std::future::ready(())
}

fn main() {}
