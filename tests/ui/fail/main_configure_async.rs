use graceful::Config;

async fn settings(config: Config) -> Config {
    config
}

#[graceful::main(configure = settings)]
async fn main() {}
