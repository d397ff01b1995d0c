use graceful::on_shutdown;

fn last() -> i32 {
    -1
}

#[on_shutdown(priority = last())]
async fn close() {}

fn main() {}
