use graceful::on_shutdown;

const LAST: u8 = 1;

#[on_shutdown(priority = LAST)]
async fn close() {}

fn main() {}
