fn settings(seconds: u64) -> graceful::Config {
    graceful::Config::new().grace_period(std::time::Duration::from_secs(seconds))
}

#[graceful::main(configure = settings)]
async fn main() {}
