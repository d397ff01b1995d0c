use graceful::on_shutdown;

#[on_shutdown]
async fn close(reason: &graceful::Reason) {
    let _ = reason;
}

fn main() {}
