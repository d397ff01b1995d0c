//! The ways in which main ends. Arguments: which main, and how.

use std::env;
use std::future::pending;
use std::io;
use std::process::ExitCode;
use std::rc::Rc;

use graceful::{Config, Error, on_shutdown};
use graceful_process_tests::inside::{asked, block, log, say, scenario};
use tokio::runtime::{Builder, Runtime};

type Result = std::result::Result<ExitCode, String>;

fn main() -> ExitCode {
    match &*scenario() {
        "multi_thread" => multi_thread::main(),
        "current_thread" => current_thread::main(),
        "local" => local::main(),
        "plain" => plain::main(),
        "unit" => unit::main(),
        "run" => return run(Config::new().run(body())),
        "run_in" => return run(Config::new().run_in(runtime(), body())),
        "run_blocking" => return run(Config::new().run_blocking(plain_body)),
        other => panic!("no main `{other}`"),
    }
    unreachable!("the macro's main does not return")
}

/// Without the macro.
fn run(ended: std::result::Result<ExitCode, Error>) -> ExitCode {
    ended.expect("it starts")
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

mod multi_thread {
    #[graceful::main(worker_threads = 2)]
    pub(super) async fn main() -> super::Result {
        super::body().await
    }
}

mod current_thread {
    #[graceful::main(flavor = "current_thread", plan_test = false)]
    pub(super) async fn main() -> super::Result {
        super::body().await
    }
}

mod local {
    #[graceful::main(flavor = "local", plan_test = false)]
    pub(super) async fn main() -> super::Result {
        let not_send = super::Rc::new("shared");
        let task = tokio::task::spawn_local({
            let not_send = super::Rc::clone(&not_send);
            async move { not_send.len() }
        });
        assert_eq!(task.await.ok(), Some(not_send.len()));
        let end = super::body().await;
        drop(not_send);
        end
    }
}

mod plain {
    #[graceful::main(worker_threads = 2, plan_test = false)]
    pub(super) fn main() -> super::Result {
        super::plain_body()
    }
}

mod unit {
    #[graceful::main(worker_threads = 2, plan_test = false)]
    pub(super) async fn main() {
        super::say("main");
    }
}

async fn body() -> Result {
    begin();
    match &*how() {
        "ignores" => pending().await,
        "blocks" => block(),
        "awaits" => say(graceful::shutdown_requested().await),
        "continues" => {
            graceful::drain_started().await;
            pending().await
        }
        "stdin" => {
            tokio::task::spawn_blocking(|| io::stdin().lines().count());
            graceful::shutdown_requested().await;
        }
        how => return end(how),
    }
    Ok(ExitCode::SUCCESS)
}

fn plain_body() -> Result {
    begin();
    match &*how() {
        "blocks" => block(),
        "waits" => say(graceful::wait_for_shutdown()),
        "continues" => {
            graceful::wait_for_shutdown();
            block();
        }
        "loops" => {
            while !graceful::is_shutting_down() {
                std::thread::yield_now();
            }
            say("looped");
        }
        how => return end(how),
    }
    Ok(ExitCode::SUCCESS)
}

fn begin() {
    if asked("log") {
        log();
    }
    say("main");
}

fn how() -> String {
    env::args().nth(2).unwrap_or_default()
}

fn end(how: &str) -> Result {
    match how {
        "returns" => Ok(ExitCode::SUCCESS),
        "code" => Ok(ExitCode::from(7)),
        "errs" => Err("no such table".to_owned()),
        "panics" => panic!("out of cheese"),
        "exits" => {
            graceful::exit(7);
            Ok(ExitCode::SUCCESS)
        }
        other => panic!("no end `{other}`"),
    }
}

#[on_shutdown(timeout = "500ms")]
async fn handler() {
    say("handler");
    if asked("a handler blocks") {
        block();
    }
}

#[on_shutdown]
fn plain_handler() {
    say("plain handler");
}
