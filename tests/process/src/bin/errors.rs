//! What the crate refuses, as typed errors.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use graceful::{Config, ErrorKind, HandlerPhase, on_shutdown};
use graceful_process_tests::inside::{say, scenario};

fn main() -> ExitCode {
    match &*scenario() {
        "twice" => twice(),
        "config" => config(),
        "late" => late::main(),
        other => panic!("no scenario `{other}`"),
    }
    ExitCode::SUCCESS
}

fn again() {
    let again = Config::new().run(async { say("never") });
    match again {
        Err(error) => say(format_args!("{:?}, {}", error.kind(), error.exit_code())),
        Ok(_) => say("ran again"),
    }
}

fn twice() {
    let code = Config::new().run(async {
        say("main");
        // Not on this thread: a runtime can't be run inside another one.
        thread::spawn(again).join().expect("no panic");
        graceful::request_shutdown();
    });
    say(format_args!("{code:?}"));
    again();
    thread::spawn(again).join().expect("no panic");
}

fn config() {
    let too_long = Config::new().lame_duck(Duration::from_secs(20)).drain_timeout(Duration::from_secs(20));
    let error = too_long.run(async { say("never") }).expect_err("it can't fit");
    assert_eq!(error.kind(), ErrorKind::Config);
    say(error);
}

mod late {
    #[graceful::main(plan_test = false)]
    pub(super) async fn main() {
        super::say("main");
    }
}

#[on_shutdown]
async fn handler() {
    for phase in [HandlerPhase::Drain, HandlerPhase::Teardown] {
        let late = graceful::handler("late").phase(phase).register(|| async { say("late runs") });
        say(format_args!("{:?}", late.map(drop).map_err(|error| error.kind())));
    }
}
