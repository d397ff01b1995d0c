use graceful::on_shutdown;

struct Pool;

#[on_shutdown]
async fn close(pool: Pool, reason: graceful::Reason) {
    drop((pool, reason));
}

fn main() {}
