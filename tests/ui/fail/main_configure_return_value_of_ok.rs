use graceful::Config;

fn settings(_: Config) -> Result<(), String> {
    Ok(())
}

#[graceful::main(configure = settings)]
async fn main() {}
