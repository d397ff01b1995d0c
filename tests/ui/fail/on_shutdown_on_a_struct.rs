use graceful::on_shutdown;

#[on_shutdown]
struct Database;

fn main() {}
