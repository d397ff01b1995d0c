use graceful::on_shutdown;

use graceful::Resource;

struct Pool;

#[on_shutdown]
async fn close(Resource(pool): Resource<Pool>) {
    drop(pool);
}

fn main() {}
