use graceful::Config;

struct NotDisplay;

fn settings(config: Config) -> Result<Config, NotDisplay> {
    Ok(config)
}

#[graceful::main(configure = settings)]
async fn main() {}
