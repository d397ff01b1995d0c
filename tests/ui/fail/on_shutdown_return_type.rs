use graceful::on_shutdown;

#[on_shutdown]
async fn close() -> u32 {
    0
}

fn main() {}
