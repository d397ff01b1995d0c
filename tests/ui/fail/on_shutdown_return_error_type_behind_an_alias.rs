use graceful::on_shutdown;

#[derive(Debug)]
struct Failure;

type Closed = Result<(), Failure>;

#[on_shutdown]
fn close() -> Closed {
    Err(Failure)
}

fn main() {}
