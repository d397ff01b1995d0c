#[graceful::main]
async fn main<T: Default>() {
    T::default();
}
