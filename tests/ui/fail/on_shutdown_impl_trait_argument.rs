use graceful::on_shutdown;

#[on_shutdown]
async fn close(pool: graceful::Resource<impl Clone>) {
    drop(pool);
}

fn main() {}
