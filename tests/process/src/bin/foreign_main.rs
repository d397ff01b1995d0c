//! A `#[tokio::main]` that handles its own signals, and lets graceful run the shutdown.

use std::process::ExitCode;
use std::time::Duration;

use graceful::{Report, on_shutdown};
use graceful_process_tests::inside::{asked, say, scenario};
use tokio::time::{sleep, timeout};

const TIMEOUT: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    match &*scenario() {
        "under_graceful" => {
            under_graceful::main();
            ExitCode::SUCCESS
        }
        "blocks" => current_thread::main(),
        _ => multi_thread::main(),
    }
}

mod multi_thread {
    #[tokio::main]
    pub(super) async fn main() -> std::process::ExitCode {
        super::body().await
    }
}

mod current_thread {
    #[tokio::main(flavor = "current_thread")]
    pub(super) async fn main() -> std::process::ExitCode {
        super::body().await
    }
}

mod under_graceful {
    #[graceful::main(plan_test = false)]
    pub(super) async fn main() -> std::process::ExitCode {
        let error = graceful::run_handlers(super::TIMEOUT).await.unwrap_err();
        super::say(format_args!("{:?}: {error}", error.kind()));
        std::process::ExitCode::SUCCESS
    }
}

async fn body() -> ExitCode {
    graceful::on_report(|report| say(format_args!("observed {}", report.exit_code())));
    graceful::spawn(async {
        graceful::drain_started().await;
        sleep(Duration::from_millis(100)).await;
        say("finished");
    });
    let signal = signal();
    say("main");
    if asked("requests") {
        tokio::spawn(async { graceful::request_shutdown() });
        graceful::shutdown_requested().await;
        // Main ends its own work first, and the time of the shutdown has not begun.
        sleep(TIMEOUT / 2).await;
    } else {
        signal.await;
    }
    let report = run().await;
    say(format_args!("{}, {:?}, {}", report.reason(), report.grace_period(), graceful::phase()));
    say(format_args!("{} handlers in {}", report.handlers().len(), report.elapsed() < TIMEOUT / 2));
    ExitCode::from(report.exit_code())
}

async fn run() -> Report {
    let run = async || graceful::run_handlers(TIMEOUT).await.unwrap();
    match &*scenario() {
        "twice" => {
            let (one, other) = tokio::join!(run(), run());
            let third = run().await;
            say([&one, &other].iter().all(|report| report.to_string() == third.to_string()));
            third
        }
        "cancelled" => {
            say(timeout(Duration::from_millis(1), run()).await.is_err());
            run().await
        }
        _ => run().await,
    }
}

#[cfg(unix)]
fn signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).unwrap();
    async move {
        terminate.recv().await;
    }
}

/// No test starts it here.
#[cfg(not(unix))]
async fn signal() {
    tokio::signal::ctrl_c().await.unwrap();
}

#[on_shutdown(priority = 20, timeout = "200ms")]
async fn first() {
    if asked("blocks") {
        std::thread::sleep(TIMEOUT);
    }
    say("first");
}

#[on_shutdown(priority = 10, timeout = "200ms")]
fn second() {
    say("second");
}
