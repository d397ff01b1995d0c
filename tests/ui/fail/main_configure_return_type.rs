use graceful::Config;

fn settings(config: Config) {
    drop(config);
}

#[graceful::main(configure = settings)]
async fn main() {}
