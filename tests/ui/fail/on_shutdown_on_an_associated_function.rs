use graceful::on_shutdown;

struct Database;

impl Database {
    #[on_shutdown]
    async fn close() {}
}

fn main() {}
