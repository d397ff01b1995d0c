//! A writer that requests feed. The second sends its row during the drain. Arguments: how the writer is run, and what goes
//! wrong.

use std::process::ExitCode;
use std::time::Duration;

use graceful::{Turn, on_shutdown};
use graceful_process_tests::inside::{Loud, asked, log, say, scenario};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

const TIMEOUT: Duration = Duration::from_secs(4);

fn main() -> ExitCode {
    if scenario() == "run_handlers" {
        return own_main::main();
    }
    main_of_graceful::main();
    unreachable!("the attribute exits")
}

mod main_of_graceful {
    #[graceful::main(grace_period = "4s", drain_timeout = "1s", worker_threads = 2)]
    pub(super) async fn main() {
        super::serve();
        super::say("main");
        graceful::drain_started().await;
    }
}

mod own_main {
    #[tokio::main]
    pub(super) async fn main() -> std::process::ExitCode {
        super::serve();
        graceful::request_shutdown();
        let report = graceful::run_handlers(super::TIMEOUT).await.expect("a shutdown");
        std::process::ExitCode::from(report.exit_code())
    }
}

fn serve() {
    if asked("logs") {
        log();
    }
    let (rows, received) = channel(1000);
    // A sender that lives as long as the program, as the state of a router does.
    graceful::provide(rows.clone());
    let writer = graceful::handler("writer").priority(20).timeout(Duration::from_secs(1));
    let registered = match &*scenario() {
        // As the consumer of a queue outside of the program: wrong for rows of requests.
        "until_drain" => {
            tokio::spawn(write_until_drain(received));
            Ok(())
        }
        _ => writer.spawn(|turn| write(received, turn)).map(drop),
    };
    registered.expect("it is not too late");
    for row in ["one", "two"] {
        graceful::spawn(answer(row, rows.clone()));
    }
    if asked("hangs") {
        graceful::spawn(std::future::pending::<()>());
    }
}

async fn answer(row: &'static str, rows: Sender<&'static str>) {
    if row == "two" {
        graceful::drain_started().await;
        sleep(Duration::from_millis(100)).await;
    }
    say(format_args!("row {row} sent: {}", rows.send(row).await.is_ok()));
}

async fn write(mut rows: Receiver<&'static str>, turn: Turn) -> Result<(), &'static str> {
    let _writer = Loud("writer");
    while let Some(Some(row)) = turn.until(rows.recv()).await {
        say(format_args!("row {row} written"));
        match () {
            () if asked("fails") => return Err("disk full"),
            () if asked("panics") => panic!("poisoned"),
            () if asked("never ends") => sleep(Duration::from_secs(60)).await,
            () => {}
        }
    }
    say("flushed");
    Ok(())
}

async fn write_until_drain(mut rows: Receiver<&'static str>) {
    while let Some(Some(row)) = graceful::until_drain(rows.recv()).await {
        say(format_args!("row {row} written"));
    }
    say("flushed");
}

#[on_shutdown(priority = 10)]
async fn close() {
    say("closed");
}
