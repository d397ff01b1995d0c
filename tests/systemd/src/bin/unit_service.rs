//! A service that does what standard input says. Its argument: `starting` never becomes ready, `http` serves on
//! `/run/test/http`, `fails` has a handler that fails.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use graceful::Config;
use graceful_process_tests::held::{hold, release, wait};
use graceful_process_tests::inside::{ANSWER, asked, block, say};

const WORKERS: usize = 2;

/// Longer than the unit's `TimeoutStopSec`.
const SLOW: Duration = Duration::from_millis(2500);

fn main() -> Result<ExitCode, graceful::Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    Config::new().run_in(runtime.expect("a runtime"), run())
}

async fn run() {
    let teardown = || {
        say("teardown");
        wait("teardown");
        if asked("fails") { Err("the disk is full") } else { Ok(()) }
    };
    let timeout = Duration::from_secs(15);
    graceful::handler("teardown").timeout(timeout).register_blocking(teardown).expect("it is early");
    thread::spawn(obey);
    say("main");
    if asked("starting") {
        std::future::pending::<()>().await;
    } else if asked("http") {
        serve().await.expect("a socket");
    } else {
        graceful::shutdown_requested().await;
    }
    say("shutting down");
    wait("main");
}

#[cfg(unix)]
async fn serve() -> io::Result<()> {
    let slow = async || {
        say("request");
        tokio::time::sleep(SLOW).await;
        "done"
    };
    let listener = graceful::axum::bind_unix("/run/test/http").await?;
    say("serving");
    graceful::axum::serve(listener, Router::new().route("/slow", get(slow))).await
}

/// No test starts it here.
#[cfg(not(unix))]
async fn serve() -> io::Result<()> {
    let _ = (get::<fn() -> _, _, ()>, SLOW);
    Err(io::ErrorKind::Unsupported.into())
}

fn obey() {
    let mut child = None;
    let mut part = None;
    for line in io::stdin().lines().map_while(Result::ok) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["hold", what] => hold(what),
            ["release", what] => release(what),
            ["ready"] => graceful::ready(),
            ["part", why] => part.get_or_insert_with(|| graceful::readiness("cache")).set_not_ready(why),
            ["part"] => part.get_or_insert_with(|| graceful::readiness("cache")).set_ready(),
            ["block"] => block_runtime(),
            ["child"] => child = Some(start_child()),
            ["child", text] => tell(child.as_mut().expect("a child"), text),
            _ => panic!("unknown: {line}"),
        }
        say(format_args!("{ANSWER}done"));
    }
}

/// Blocks every thread of the runtime for good.
fn block_runtime() {
    static ALL: Barrier = Barrier::new(WORKERS + 1);

    for _ in 0..WORKERS {
        graceful::spawn(async {
            ALL.wait();
            block();
        });
    }
    ALL.wait();
}

/// A child that returns what it is told, and stays after its parent.
fn start_child() -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", "cat; exec sleep 1000"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("a shell");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    thread::spawn(move || {
        let mut line = String::new();
        while output.read_line(&mut line).is_ok_and(|read| read > 0) {
            say(format_args!("child: {}", line.trim_end()));
            line.clear();
        }
        say("child: gone");
    });
    child
}

fn tell(child: &mut Child, text: &str) {
    let _ = writeln!(child.stdin.as_mut().expect("a pipe"), "{text}");
}
