struct Failure;

#[graceful::main]
async fn main() {
    graceful::spawn_critical("consumer", async { Err::<(), _>(Failure) });
}
