fn settings() -> graceful::Config {
    graceful::Config::new()
}

#[graceful::main(configure = settings)]
async fn main() {}
