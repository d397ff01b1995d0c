use graceful::on_shutdown;

#[on_shutdown]
async fn close<T: Default>() {
    T::default();
}

fn main() {}
