struct Connection;

#[graceful::main]
async fn main() {
    graceful::provide(Connection);
}
