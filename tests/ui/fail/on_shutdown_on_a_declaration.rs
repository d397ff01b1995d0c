use graceful::on_shutdown;

trait Close {
    #[on_shutdown]
    fn close();
}

fn main() {}
