use graceful::{Resource, on_shutdown};

struct Pool;

#[on_shutdown]
async fn close(pool: Option<Resource<Pool>>) {
    drop(pool);
}

fn main() {}
