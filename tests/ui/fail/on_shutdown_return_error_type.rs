use graceful::on_shutdown;

#[derive(Debug)]
struct Failure;

#[on_shutdown]
async fn close() -> Result<(), Failure> {
    Err(Failure)
}

fn main() {}
