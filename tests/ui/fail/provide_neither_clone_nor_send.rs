struct Connection(*mut u8);

#[graceful::main]
async fn main() {
    graceful::provide(Connection(std::ptr::null_mut()));
}
