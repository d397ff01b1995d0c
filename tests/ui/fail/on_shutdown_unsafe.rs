use graceful::on_shutdown;

#[on_shutdown]
async unsafe fn close() {}

fn main() {}
