//! Builds its runtime itself. Something in the builder blocks for ever: the argument says what.

use std::error::Error;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use graceful::on_shutdown;
use graceful_process_tests::inside::{say, scenario, tell};
use tokio::runtime::{Builder, Runtime};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let config = graceful::Config::new().grace_period(Duration::from_secs(2));
    Ok(config.run_in(runtime()?, async {
        tell("main");
        graceful::shutdown_requested().await;
    })?)
}

fn runtime() -> Result<Runtime, Box<dyn Error>> {
    let mut builder = Builder::new_multi_thread();
    match &*scenario() {
        "builder" => {
            tell("blocks");
            block();
        }
        "workers" => {
            builder.on_thread_start(block);
        }
        other => panic!("nothing blocks in `{other}`"),
    }
    Ok(builder.worker_threads(2).enable_all().build()?)
}

fn block() {
    loop {
        thread::park();
    }
}

#[on_shutdown]
async fn asynchronous() {
    say("asynchronous");
}

#[on_shutdown]
fn plain() {
    say("plain");
}
