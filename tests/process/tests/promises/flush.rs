//! What comes after the last handler: the flush, the kept values, and the end of the application's runtime.

use std::time::{Duration, Instant};

use graceful_process_tests::{Ended, Program, Running, Signal, all};

const FLUSH: &str = env!("CARGO_BIN_EXE_flush");
const GIVEN_UP: &str = env!("CARGO_BIN_EXE_given_up");

const WAYS: [&str; 9] = [
    "multi_thread",
    "current_thread",
    "local",
    "plain",
    "plain_current",
    "run",
    "run_in",
    "run_in_current",
    "run_blocking",
];

const GRACE_PERIOD: Duration = Duration::from_secs(4);

fn program(way: &str, what: &str) -> Program {
    Program::new(FLUSH).arg(way).arg(what)
}

fn returns(way: &str) -> bool {
    way.starts_with("run")
}

/// Standard output from this line on.
fn since<'a>(ended: &'a Ended, line: &str) -> Vec<&'a str> {
    ended.stdout.iter().map(String::as_str).skip_while(|said| *said != line).collect()
}

#[test]
fn it_comes_last_and_in_its_order() {
    all(WAYS, |way| {
        let ended = program(way, "task").terminated();
        ended.exits_with(0).is_silent();
        let mut expected = vec![
            "handler",
            "reported 0",
            "flush logs",
            "flush traces",
            "the second dropped",
            "the first dropped",
            "the task dropped",
        ];
        expected.extend(returns(way).then_some("returned"));
        assert_eq!(since(&ended, "handler"), expected, "{way}\n{ended}");
    });
}

#[test]
fn what_goes_wrong_in_it_changes_neither_report_nor_code() {
    all(WAYS, |way| {
        let ended = program(way, "goes wrong").terminated();
        ended.exits_with(0).took_less_than(GRACE_PERIOD);
        ended.stderr_has("graceful: shutdown handler `fails` failed after ").stderr_has(": the collector is gone");
        ended.stderr_has("graceful: shutdown handler `hangs` timed out after ");
        ended.stderr_has("a destructor panics");
        assert!(!ended.stderr.iter().any(|line| line.contains("not clean")), "{ended}");
        let last = ["reported 0", "flush logs", "flush traces", "hangs", "the second dropped", "the first dropped"];
        assert_eq!(since(&ended, "reported 0")[..last.len()], last, "{way}\n{ended}");
    });
}

#[test]
fn it_has_its_time_although_a_handler_and_an_observer_hang() {
    all(WAYS, |way| {
        let ended = program(way, "never ends").terminated();
        ended.exits_with(1).took_less_than(GRACE_PERIOD);
        assert!(since(&ended, "reported 1").contains(&"the first dropped"), "{ended}");

        let ended = program(way, "hangs in the report").terminated();
        ended.exits_with(0).took_less_than(GRACE_PERIOD);
        assert!(since(&ended, "flush logs").contains(&"the first dropped"), "{ended}");
    });
}

#[test]
fn kept_values_are_dropped_before_a_forced_exit() {
    all(WAYS.iter().flat_map(|way| ["never ends", "kept hangs"].map(|what| (*way, what))), |(way, what)| {
        let mut running = program(way, what).start();
        running.wait_for("main");
        running.signal(Signal::SIGINT);
        if what == "never ends" {
            running.wait_for("handler");
            let ended = interrupted(running);
            ended.exits_with(130);
            assert_eq!(since(&ended, "handler"), ["handler", "the second dropped", "the first dropped"], "{ended}");
        } else {
            // The flush has begun.
            running.wait_for("hangs");
            interrupted(running).exits_with(130).took_less_than(GRACE_PERIOD);
        }
    });
}

/// Presses Ctrl-C until it ends.
fn interrupted(mut running: Running) -> Ended {
    while running.ends_within(Duration::from_millis(300)).is_none() {
        running.signal(Signal::SIGINT);
    }
    running.end()
}

#[test]
fn kept_values_are_dropped_at_the_deadline() {
    all(["multi_thread", "current_thread"], |flavor| {
        let mut running = Program::new(env!("CARGO_BIN_EXE_blocked")).arg(flavor).arg("before").arg("keeps").start();
        running.wait_to_be_told("ready");
        running.signal(Signal::SIGTERM);
        let ended = running.end();
        ended.exits_with(124).took_less_than(Duration::from_secs(2));
        assert_eq!(ended.stdout.last().map(String::as_str), Some("kept dropped"), "{ended}");
    });
}

#[test]
fn a_child_that_is_killed_on_drop_is_no_orphan() {
    all(WAYS.iter().flat_map(|way| [*way; 10]), |way| {
        let mut running = program(way, "child").start();
        running.wait_for("main");
        running.signal(Signal::SIGTERM);
        // The child holds standard output, which would stay open for a minute.
        let begin = Instant::now();
        running.end().exits_with(0);
        assert!(begin.elapsed() < Duration::from_secs(30), "an orphan");
    });
}

#[test]
fn a_destructor_that_blocks_delays_the_exit_only_a_little() {
    for way in WAYS {
        let ended = program(way, "blocking destructor").terminated();
        assert!(since(&ended, "the first dropped").contains(&"hangs"), "{ended}");
        if way == "run_in_current" {
            // It blocks the thread that `run_in` would return on.
            ended.exits_with(124);
        } else {
            ended.exits_with(0).took_less_than(Duration::from_secs(2));
        }
    }
}

#[test]
fn a_thread_that_runs_blocking_work_is_not_waited_for() {
    for way in WAYS.into_iter().filter(|way| *way != "run_in") {
        // It would take 250 ms. On a busy machine other things may take as long.
        let is_quick = |_| {
            let ended = program(way, "blocking thread").terminated();
            ended.exits_with(0);
            assert!(since(&ended, "the first dropped").contains(&"the task dropped"), "{ended}");
            ended.took < Duration::from_millis(200)
        };
        assert!((0..10).any(is_quick), "{way}");
    }
}

#[test]
fn a_runtime_that_only_handlers_block_does_not_delay_the_exit() {
    all(["current_thread", "multi_thread"], |flavor| {
        let ended = Program::new(GIVEN_UP).arg(flavor).terminated();
        ended.exits_with(1).took_less_than(Duration::from_secs(8)).says(&["main", "blocks", "blocks_too", "last"]);
    });
}

#[test]
fn a_runtime_that_a_task_blocks_too_is_waited_for() {
    let ended = Program::new(GIVEN_UP).arg("multi_thread").arg("a task too").grace_period("3s").terminated();
    ended.exits_with(124).says(&["main", "blocks", "blocks_too", "last"]);
}
