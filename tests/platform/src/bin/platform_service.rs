//! A service that does what standard input says. Arguments: how it starts, or ends.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Barrier;
use std::time::Duration;
use std::{fs, io, thread};

use graceful::Config;
use graceful_process_tests::held::{hold, release, wait};
use graceful_process_tests::inside::{ANSWER, asked, say};

const WORKERS: usize = 2;

fn main() -> Result<ExitCode, graceful::Error> {
    if asked("early") {
        graceful::ready();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    Config::new().run_in(runtime.expect("a runtime"), serve())
}

async fn serve() {
    register();
    thread::spawn(obey);
    say("main");
    if asked("starting") {
        std::future::pending::<()>().await;
    }
    graceful::shutdown_requested().await;
    say("shutting down");
    wait("main");
}

fn register() {
    let timeout = Duration::from_secs(15);
    let held = || {
        say("teardown");
        wait("teardown");
    };
    graceful::handler("held").timeout(timeout).register_blocking(held).expect("it is early");
    if asked("fails") {
        let fails = || async { Err::<(), _>("the disk is full") };
        graceful::handler("fails").priority(-1).register(fails).expect("it is early");
    }
    if asked("many") {
        for number in 0..300 {
            graceful::handler(format!("of_many_{number}")).register(async || ()).expect("it is early");
        }
    }
}

fn obey() {
    let mut parts = HashMap::new();
    for line in io::stdin().lines().map_while(Result::ok) {
        let mut answer = "done".to_owned();
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["hold", what] => hold(what),
            ["release", what] => release(what),
            ["ready"] => graceful::ready(),
            ["part", name] => drop(parts.insert(name.to_owned(), graceful::readiness(name))),
            ["part", name, "ready"] => parts[name].set_ready(),
            ["part", name, "not", "ready", why] => parts[name].set_not_ready(why),
            ["part", name, "dropped"] => drop(parts.remove(name)),
            ["block"] => block(),
            ["sockets"] => answer = sockets().to_string(),
            _ => panic!("unknown: {line}"),
        }
        say(format_args!("{ANSWER}{answer}"));
    }
}

/// Blocks every thread of the runtime until `release threads`.
fn block() {
    static ALL: Barrier = Barrier::new(WORKERS + 1);

    hold("threads");
    for _ in 0..WORKERS {
        graceful::spawn(async {
            ALL.wait();
            wait("threads");
        });
    }
    ALL.wait();
}

/// How many sockets this process has.
fn sockets() -> usize {
    let descriptors = fs::read_dir("/proc/self/fd").expect("procfs").map_while(Result::ok);
    let is_socket = |path: &std::path::PathBuf| path.to_string_lossy().starts_with("socket:");
    descriptors.filter_map(|entry| fs::read_link(entry.path()).ok()).filter(is_socket).count()
}
