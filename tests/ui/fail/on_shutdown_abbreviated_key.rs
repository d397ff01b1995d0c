use graceful::on_shutdown;

#[on_shutdown(prio = 10)]
async fn close() {}

fn main() {}
