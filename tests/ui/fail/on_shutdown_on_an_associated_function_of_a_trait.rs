use graceful::on_shutdown;

trait Database {
    #[on_shutdown]
    fn close() {}
}

fn main() {}
