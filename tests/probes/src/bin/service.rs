//! A service without HTTP that does what standard input says. The supervisor answers its probes.

use std::collections::HashMap;
use std::io;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use graceful::{Backoff, Config, Health, HealthCheckRegistration, on_shutdown};
use graceful_process_tests::held::{hold, release, wait};
use graceful_process_tests::inside::{ANSWER, asked, log, say};

const WORKERS: usize = 2;

fn main() -> Result<ExitCode, graceful::Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let heartbeat = if asked("quick") { Duration::from_millis(300) } else { Duration::from_secs(10) };
    let config = Config::new().probes(([127, 0, 0, 1], 0)).heartbeat_timeout(heartbeat);
    config.run_in(runtime.expect("a runtime"), serve())
}

async fn serve() {
    if asked("log") {
        log();
    }
    thread::spawn(obey);
    say("main");
    if asked("starting") {
        std::future::pending::<()>().await;
    }
    graceful::shutdown_requested().await;
    say("shutting down");
    wait("main");
}

static RUNS: AtomicUsize = AtomicUsize::new(0);
static BAD: AtomicBool = AtomicBool::new(false);

#[on_shutdown(timeout = "20s")]
fn close() {
    say("teardown");
    wait("teardown");
}

fn obey() {
    let mut registration = None;
    let mut parts = HashMap::new();
    for line in io::stdin().lines().map_while(Result::ok) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["hold", what] => hold(what),
            ["release", what] => release(what),
            ["ready"] => graceful::ready(),
            ["part", name] => drop(parts.insert(name.to_owned(), graceful::readiness(name))),
            ["task", pause] => fail_once(pause),
            ["part", name, "ready"] => parts[name].set_ready(),
            ["part", name, "not", "ready", why] => parts[name].set_not_ready(why),
            ["part", name, "dropped"] => drop(parts.remove(name)),
            ["bad"] => BAD.store(true, Ordering::Relaxed),
            ["check"] => registration = Some(check()),
            ["uncheck"] => registration.take().into_iter().for_each(HealthCheckRegistration::unregister),
            ["block"] => block(),
            _ => {
                say(format_args!("{ANSWER}{}", answer(&line)));
                continue;
            }
        }
        say(format_args!("{ANSWER}done"));
    }
}

fn answer(question: &str) -> String {
    match question {
        "runs" => RUNS.load(Ordering::Relaxed).to_string(),
        "address" => graceful::probes_address().map_or("none".to_owned(), |address| address.to_string()),
        "pid" => std::process::id().to_string(),
        _ => panic!("unknown: {question}"),
    }
}

/// Starts a supervised task, which fails, and runs after this pause.
fn fail_once(pause: &str) {
    let pause = Duration::from_millis(pause.parse().expect("milliseconds"));
    let mut attempts = 0;
    graceful::task("consumer").restart(Backoff::exponential(pause..pause)).spawn(move || {
        attempts += 1;
        async move {
            if attempts == 1 {
                return Err("offline");
            }
            graceful::drain_started().await;
            Ok(())
        }
    });
}

fn check() -> HealthCheckRegistration {
    let check = || async {
        RUNS.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(100)).await;
        if BAD.load(Ordering::Relaxed) { Health::Unhealthy("as told".to_owned()) } else { Health::Healthy }
    };
    graceful::health_check("check").timeout(Duration::from_millis(800)).register(check).expect("a timeout")
}

/// Blocks every thread of the runtime until `release threads`.
fn block() {
    hold("threads");
    for _ in 0..WORKERS {
        graceful::spawn(async {
            say("blocked");
            wait("threads");
        });
    }
}
