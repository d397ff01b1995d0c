//! Uses graceful in a program that it does not run, or that runs it later.

use std::thread;
use std::time::Duration;

use graceful_process_tests::inside::{say, scenario};
use tokio::time::sleep;

/// Longer than a program is given to run the shutdown.
const LONGER: Duration = Duration::from_millis(3_500);

fn main() {
    let scenario = scenario();
    if scenario == "runs_later" {
        thread::spawn(graceful::wait_for_shutdown);
        graceful::provide(1);
        // The request is the trigger of the program that runs later.
        graceful::request_shutdown();
        let code = graceful::Config::new().run(async { sleep(LONGER).await });
        return assert!(code.is_ok());
    }
    body(&scenario);
}

#[tokio::main]
async fn body(scenario: &str) {
    say("main");
    match scenario {
        "waits" => {
            for _ in 0..2 {
                tokio::spawn(graceful::shutdown_requested());
            }
            graceful::drain_started().await;
        }
        "blocks" => drop(graceful::wait_for_shutdown()),
        "streams" => drop(graceful::until_drain(std::future::pending::<()>()).await),
        "requests" => {
            graceful::exit(3);
            graceful::request_shutdown();
            std::future::pending().await
        }
        "works" => {
            graceful::provide("value");
            graceful::handler("never").register(async || {}).unwrap();
            graceful::spawn(async {}).await.unwrap();
            drop(graceful::track());
            drop(graceful::plan());
            graceful::ready();
            sleep(LONGER).await;
        }
        "handles_signals" => {
            tokio::spawn(graceful::drain_started());
            tokio::spawn(async { tokio::signal::ctrl_c().await });
            sleep(LONGER).await;
        }
        other => panic!("no scenario `{other}`"),
    }
}
