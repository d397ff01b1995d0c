//! What systemd hears, and that it holds up nothing.
#![cfg(target_os = "linux")]

use std::time::Duration;

use graceful_platform_tests::manager::Manager;
use graceful_process_tests::{Program, Running, Signal, all};

const BRIEF: &str = env!("CARGO_BIN_EXE_brief");
const SERVICE: &str = env!("CARGO_BIN_EXE_platform_service");

/// Long enough for a machine that is busy.
const GRACE: Duration = Duration::from_secs(20);

/// In microseconds, and a pause that is much longer.
const WATCHDOG: &str = "400000";
const SILENCE: Duration = Duration::from_secs(2);

fn notifying(manager: &Manager) -> Program {
    let program = Program::new(SERVICE).env("NOTIFY_SOCKET", &manager.name);
    program.grace_period("20s").drain_timeout("10s")
}

fn started(program: Program) -> Running {
    let running = program.start();
    running.wait_for("main");
    running
}

/// The number in the message's line `EXTEND_TIMEOUT_USEC`.
#[track_caller]
fn extension(message: &[String]) -> Duration {
    let number = message.iter().find_map(|line| line.strip_prefix("EXTEND_TIMEOUT_USEC="));
    Duration::from_micros(number.unwrap_or_else(|| panic!("{message:?}")).parse().expect("a number"))
}

#[test]
fn it_hears_of_every_step_in_order() {
    all([Manager::at_a_path, Manager::abstract_one], |manager| {
        let manager = manager();
        let mut service = started(notifying(&manager).lame_duck("100ms"));
        for held in ["main", "teardown"] {
            service.ask(&format!("hold {held}"));
        }
        service.ask("ready");
        assert_eq!(manager.hear(), ["READY=1", "STATUS=running"]);
        service.ask("ready");

        service.signal(Signal::SIGTERM);
        let stopping = manager.hear();
        assert_eq!(stopping[..2], ["STOPPING=1", "STATUS=lame duck: not ready any more, still serving"]);
        // A second more than until the deadline.
        let mut extended = extension(&stopping);
        assert!(extended <= GRACE + Duration::from_secs(1) && extended > Duration::from_secs(1), "{stopping:?}");

        let mut hears = |status: &str| {
            let message = manager.hear();
            assert_eq!(message.len(), 2);
            assert_eq!(message[0], format!("STATUS={status}"));
            assert!(extension(&message) < extended, "{message:?}, {extended:?}");
            extended = extension(&message);
        };
        hears("draining: finishing the work in flight");
        service.ask("release main");
        hears("teardown: running the shutdown handlers");
        service.order("release teardown");
        hears("stopped: about to exit");
        service.end().exits_with(0).is_silent();
        assert_eq!(manager.heard(), [] as [&str; 0]);
    });
}

#[test]
fn what_is_over_at_once_is_told_all_the_same() {
    // The one who ends the process: main's thread, or the one that hands over the report.
    all(["", "exit in on_report"].repeat(30), |who| {
        let manager = Manager::at_a_path();
        Program::new(BRIEF).arg(who).env("NOTIFY_SOCKET", &manager.name).run().exits_with(0).is_silent();
        let heard = manager.heard();
        assert_eq!(heard[0], "READY=1\nSTATUS=running\n");
        assert!(heard[1].starts_with("STOPPING=1\n"), "{heard:?}");
        assert!(heard[heard.len() - 1].contains("STATUS=stopped"), "{heard:?}");
    });
}

#[test]
fn ready_before_the_start_counts() {
    let manager = Manager::at_a_path();
    let ended = notifying(&manager).arg("early").terminated();
    ended.exits_with(0);
    assert_eq!(manager.hear(), ["READY=1", "STATUS=running"]);
}

#[test]
fn it_hears_which_part_is_not_ready() {
    let manager = Manager::at_a_path();
    let mut service = started(notifying(&manager));
    service.ask("part warm-up");
    assert_eq!(manager.hear(), ["STATUS=starting: warm-up: starting"]);
    service.ask("part warm-up not ready filling");
    assert_eq!(manager.hear(), ["STATUS=starting: warm-up: filling"]);
    service.ask("ready");
    service.ask("part warm-up ready");
    assert_eq!(manager.hear(), ["READY=1", "STATUS=running"]);
    service.ask("part consumer");
    assert_eq!(manager.hear(), ["STATUS=not ready: consumer: starting"]);
    service.ask("part consumer ready");
    assert_eq!(manager.hear(), ["STATUS=running"]);
    service.ask("part consumer not ready offline");
    assert_eq!(manager.hear(), ["STATUS=not ready: consumer: offline"]);

    service.signal(Signal::SIGTERM);
    assert_eq!(manager.hear()[0], "STOPPING=1");
    service.end().exits_with(0);
    let heard = manager.heard().concat();
    assert!(!heard.contains("READY=1") && !heard.contains("ready"), "{heard:?}");
}

#[test]
fn without_parts_it_hears_nothing_before_it_is_ready() {
    let manager = Manager::at_a_path();
    let mut service = started(notifying(&manager));
    service.signal(Signal::SIGTERM);
    assert_eq!(manager.hear()[0], "STOPPING=1");
    let _ = service.end();
}

/// Nobody sends it traffic: there is no lame duck.
#[test]
fn a_stop_before_a_part_is_ready_has_no_lame_duck() {
    let manager = Manager::at_a_path();
    let mut service = started(notifying(&manager).lame_duck("8s"));
    service.ask("part warm-up");
    service.ask("ready");
    service.signal(Signal::SIGTERM);
    service.end().exits_with(0).took_less_than(Duration::from_secs(8));
    let heard = manager.heard().concat();
    assert!(!heard.contains("READY=1") && !heard.contains("lame duck"), "{heard:?}");
}

#[test]
fn ready_during_the_shutdown_is_too_late() {
    let manager = Manager::at_a_path();
    let mut service = started(notifying(&manager));
    service.ask("hold main");
    service.signal(Signal::SIGTERM);
    service.wait_for("shutting down");
    service.ask("ready");
    service.order("release main");
    service.end().exits_with(0);
    let heard = manager.heard();
    assert!(heard[0].starts_with("STOPPING=1\n"), "{heard:?}");
    assert!(!heard.concat().contains("READY=1"), "{heard:?}");
}

#[test]
fn the_watchdog_is_fed_while_the_runtime_runs_and_during_the_shutdown() {
    let manager = Manager::at_a_path();
    let mut service = started(notifying(&manager).env("WATCHDOG_USEC", WATCHDOG));
    for _ in 0..3 {
        assert_eq!(manager.hear(), ["WATCHDOG=1"]);
    }
    service.ask("block");
    // What was fed before the last thread was blocked.
    let mut late = 0;
    while let Some(message) = manager.hear_within(SILENCE) {
        assert_eq!(message, "WATCHDOG=1\n");
        late += 1;
        assert!(late < 100, "it is fed though nothing runs");
    }

    service.signal(Signal::SIGTERM);
    // Of both of its tasks that hear of the trigger either may be first.
    let heard = [(); 5].map(|()| manager.hear());
    let stopping = heard.iter().find(|message| message[0] == "STOPPING=1").expect("it says that it stops");
    assert_eq!(stopping[stopping.len() - 1], "WATCHDOG=1");
    assert!(heard.iter().filter(|message| **message == ["WATCHDOG=1"]).count() >= 3, "{heard:?}");
    service.order("release threads");
    service.end().exits_with(0);
}

#[test]
fn a_watchdog_that_is_off_or_of_another_process_is_not_fed() {
    let cases = [("WATCHDOG_USEC", "0"), ("WATCHDOG_PID", "1"), ("WATCHDOG_USEC", "soon")];
    all(cases, |(name, value)| {
        let manager = Manager::at_a_path();
        let service = started(notifying(&manager).env("WATCHDOG_USEC", WATCHDOG).env(name, value));
        assert_eq!(manager.hear_within(SILENCE), None);
        let _ = service.kill();
    });
}

#[test]
fn a_manager_that_does_not_read_holds_up_nothing() {
    all(["", "20000"], |watchdog| {
        let manager = Manager::at_a_path();
        assert!(manager.fill() > 0);
        let mut service = started(notifying(&manager).env("WATCHDOG_USEC", watchdog));
        service.ask("ready");
        service.signal(Signal::SIGTERM);
        service.end().exits_with(0).is_silent().took_less_than(GRACE / 2);
        assert!(manager.heard().iter().all(|message| message == "STATUS=of another\n"));
    });
}

#[test]
fn a_manager_that_reads_late_misses_nothing() {
    let manager = Manager::at_a_path();
    let before = manager.fill();
    let mut service = started(notifying(&manager));
    service.ask("ready");
    for _ in 0..before {
        assert_eq!(manager.hear(), ["STATUS=of another"]);
    }
    assert_eq!(manager.hear(), ["READY=1", "STATUS=running"]);
    service.signal(Signal::SIGTERM);
    assert_eq!(manager.hear()[0], "STOPPING=1");
    service.end().exits_with(0);
}

#[test]
fn a_manager_that_goes_away_holds_up_nothing() {
    let manager = Manager::at_a_path();
    let mut service = started(notifying(&manager).env("WATCHDOG_USEC", WATCHDOG));
    assert_eq!(manager.hear(), ["WATCHDOG=1"]);
    drop(manager);
    service.ask("ready");
    service.signal(Signal::SIGTERM);
    service.end().exits_with(0).is_silent().took_less_than(GRACE / 2);
}

#[test]
fn a_socket_that_is_not_there_is_told_and_is_no_reason_not_to_run() {
    all(["/nowhere/notify", "@graceful-nobody-is-here", "vsock:2:1234", ""], |name| {
        let ended = Program::new(SERVICE).env("NOTIFY_SOCKET", name).terminated();
        ended.exits_with(0).stderr_has(&format!("graceful: cannot notify systemd at {name}: "));
    });
}

#[test]
fn without_the_variable_there_is_no_socket() {
    let sockets = |program: Program| {
        let mut service = started(program.env("WATCHDOG_USEC", WATCHDOG));
        let sockets: usize = service.ask("sockets").parse().expect("a number");
        service.signal(Signal::SIGTERM);
        service.end().exits_with(0).is_silent();
        sockets
    };
    let manager = Manager::at_a_path();
    let with = sockets(notifying(&manager));
    let without = sockets(Program::under(r#"unset NOTIFY_SOCKET; exec "$0""#, SERVICE));
    assert_eq!(with, without + 1);
}

/// The shipped unit counts the code as a success.
#[test]
fn a_stop_before_it_is_ready_cancels_the_start() {
    let manager = Manager::at_a_path();
    let ended = notifying(&manager).arg("starting").lame_duck("8s").terminated();
    ended.exits_with(143).says(&["main", "teardown"]).is_silent().took_less_than(Duration::from_secs(8));
}
