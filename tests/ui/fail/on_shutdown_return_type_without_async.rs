use graceful::on_shutdown;

#[on_shutdown]
fn close() -> Option<u32> {
    None
}

fn main() {}
