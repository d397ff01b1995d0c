use graceful::on_shutdown;

struct Database;

#[on_shutdown]
impl Database {}

fn main() {}
