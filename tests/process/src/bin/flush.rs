//! What comes after the last handler. Arguments: how main runs, and what it does.

use std::process::ExitCode;
use std::time::Duration;
use std::{env, thread};

use graceful::{Config, Error, HandlerPhase, on_shutdown};
use graceful_process_tests::inside::{Loud, asked, block, log, say, scenario};
use tokio::process::Command;
use tokio::runtime::{Builder, Handle};
use tokio::time::sleep;

fn main() -> ExitCode {
    match &*scenario() {
        "multi_thread" => multi_thread::main(),
        "current_thread" => current_thread::main(),
        "local" => local::main(),
        "plain" => plain::main(),
        "plain_current" => plain_current::main(),
        way => {
            let code = run(way).expect("a start");
            say("returned");
            return code;
        }
    }
    unreachable!("the attribute exits");
}

fn run(way: &str) -> Result<ExitCode, Error> {
    let config = Config::new().grace_period(Duration::from_secs(4)).drain_timeout(Duration::from_secs(1));
    match way {
        "run" => config.run(body()),
        "run_in" => {
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
            config.run_in(runtime, body())
        }
        "run_in_current" => {
            config.run_in(Builder::new_current_thread().enable_all().build().expect("a runtime"), body())
        }
        "run_blocking" => config.run_blocking(blocking_body),
        other => panic!("no way `{other}` to run main"),
    }
}

mod multi_thread {
    #[graceful::main(grace_period = "4s", drain_timeout = "1s", worker_threads = 2)]
    pub(super) async fn main() {
        super::body().await;
    }
}

mod current_thread {
    #[graceful::main(grace_period = "4s", drain_timeout = "1s", flavor = "current_thread", plan_test = false)]
    pub(super) async fn main() {
        super::body().await;
    }
}

mod local {
    #[graceful::main(grace_period = "4s", drain_timeout = "1s", flavor = "local", plan_test = false)]
    pub(super) async fn main() {
        super::body().await;
    }
}

mod plain {
    #[graceful::main(grace_period = "4s", drain_timeout = "1s", worker_threads = 2, plan_test = false)]
    pub(super) fn main() {
        super::blocking_body();
    }
}

mod plain_current {
    #[graceful::main(grace_period = "4s", drain_timeout = "1s", flavor = "current_thread", plan_test = false)]
    pub(super) fn main() {
        super::blocking_body();
    }
}

async fn body() {
    begin();
    graceful::drain_started().await;
    end();
}

fn blocking_body() {
    begin();
    graceful::wait_for_shutdown();
    end();
}

fn does(what: &str) -> bool {
    env::args().nth(2).is_some_and(|given| given == what)
}

fn begin() {
    if asked("logs") {
        log();
    }
    graceful::keep(Loud("the first"));
    graceful::keep(Exports("the second"));
    if does("goes wrong") {
        graceful::keep(Panics);
        graceful::keep(Hangs);
        let fails = || async { Err::<(), _>("the collector is gone") };
        graceful::handler("fails").phase(HandlerPhase::Flush).register(fails).expect("in time");
        let hangs = graceful::handler("hangs").phase(HandlerPhase::Flush).timeout(Duration::from_millis(200));
        hangs.register_blocking(|| block()).expect("in time");
    }
    if does("kept hangs") {
        graceful::keep(Hangs);
    }
    if does("never ends") {
        graceful::handler("never ends")
            .timeout(Duration::from_secs(60))
            .register_blocking(|| block())
            .expect("in time");
    }
    if does("hangs in the report") {
        graceful::on_report(|_| block());
    }
    graceful::on_report(|report| say(format_args!("reported {}", report.exit_code())));

    graceful::spawn(async {
        if does("child") {
            tokio::spawn(holds_a_child());
        }
        if does("task") || does("blocking thread") {
            tokio::spawn(holds(Loud("the task")));
        }
        if does("blocking destructor") {
            tokio::spawn(holds(Hangs));
        }
        if does("blocking thread") {
            tokio::task::spawn_blocking(|| block());
        }
        say("main");
    });
}

fn end() {
    say("main ends");
}

async fn holds<T>(value: T) {
    std::future::pending::<()>().await;
    drop(value);
}

/// The child has this process's standard output, so the test sees its end.
async fn holds_a_child() {
    let mut child = Command::new("sleep").arg("60").kill_on_drop(true).spawn().expect("a child");
    let _ = child.wait().await;
}

/// As an exporter: it needs the runtime that is driven.
struct Exports(&'static str);

impl Drop for Exports {
    fn drop(&mut self) {
        let runtime = Handle::current();
        let sent = runtime.spawn(async { sleep(Duration::from_millis(1)).await });
        runtime.block_on(sent).expect("it is sent");
        say(format_args!("{} dropped", self.0));
    }
}

struct Panics;

impl Drop for Panics {
    fn drop(&mut self) {
        panic!("a destructor panics");
    }
}

struct Hangs;

impl Drop for Hangs {
    fn drop(&mut self) {
        say("hangs");
        block();
    }
}

#[on_shutdown]
async fn handler() {
    say("handler");
}

#[on_shutdown(phase = "flush", priority = 10, timeout = "500ms")]
async fn flush_logs() {
    sleep(Duration::from_millis(1)).await;
    say("flush logs");
}

/// As OpenTelemetry's shutdown: it blocks its thread until a task of the runtime has run.
#[on_shutdown(phase = "flush", timeout = "500ms")]
fn flush_traces() {
    let runtime = Handle::current();
    let (sent, is_sent) = std::sync::mpsc::channel();
    runtime.spawn(async move { sent.send(thread::current().id()) });
    assert_ne!(is_sent.recv().expect("it is sent"), thread::current().id());
    say("flush traces");
}
