use graceful::on_shutdown;

#[on_shutdown]
async fn close() -> Result<u32, String> {
    Ok(0)
}

fn main() {}
