use graceful::on_shutdown;

#[on_shutdown]
async fn close() -> Result<(), String> {
    5
}

fn main() {}
