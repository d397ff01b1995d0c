use graceful::on_shutdown;

#[on_shutdown]
extern "C" fn close() {}

fn main() {}
