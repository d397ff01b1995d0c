#[graceful::main]
fn main() -> impl Future<Output = ()> {
    std::future::ready(())
}
