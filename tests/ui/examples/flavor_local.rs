#[graceful::main(flavor = "local", crate = graceful)]
async fn main() -> Result<(), String> {
    tokio::task::spawn_local(async {}).await.map_err(|error| error.to_string())
}
