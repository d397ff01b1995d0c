use graceful::on_shutdown;

#[on_shutdown]
async fn close(#[cfg(unix)] reason: graceful::Reason) {
    drop(reason);
}

fn main() {}
