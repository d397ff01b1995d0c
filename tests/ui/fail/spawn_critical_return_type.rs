#[graceful::main]
async fn main() {
    graceful::spawn_critical("consumer", async { 5 });
}
