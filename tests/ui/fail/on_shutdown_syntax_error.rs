use graceful::on_shutdown;

#[on_shutdown]
async fn close() {
    let x = ;
}

fn main() {}
