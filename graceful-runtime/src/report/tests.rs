use graceful_core::plan::PlannedHandler;
use graceful_core::{HandlerPhase, Phase, Signal};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::arbitrary::{any_duration, any_text, check};
use crate::in_flight::Described;
use crate::outcome::Outcome;

const GRACE_PERIOD: Duration = Duration::from_secs(30);

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn planned(name: &str, phase: HandlerPhase) -> PlannedHandler {
    PlannedHandler::new(name.to_owned(), 10, millis(5_000), phase, "src/main.rs:1")
}

fn begin(draft: &mut Draft, name: &str, at: u64) -> HandlerId {
    let handler = planned(name, HandlerPhase::Teardown);
    draft.handler_began(&handler, handler.timeout(), millis(at))
}

fn draft() -> Draft {
    Draft::new(Reason::Signal(Signal::Terminate), GRACE_PERIOD)
}

/// 310 ms of drain, then three handlers.
fn clean() -> Report {
    let mut draft = draft();
    draft.phase_began(Phase::Draining, millis(0));
    draft.phase_began(Phase::Teardown, millis(310));
    let workers = begin(&mut draft, "stop_workers", 310);
    let metrics = begin(&mut draft, "flush_metrics", 310);
    draft.handler_ended(metrics, millis(330), Outcome::Completed);
    draft.handler_ended(workers, millis(392), Outcome::Completed);
    let database = begin(&mut draft, "close_database", 392);
    draft.handler_ended(database, millis(412), Outcome::Completed);
    draft.phase_began(Phase::Stopped, millis(412));
    draft.report(millis(412))
}

/// Everything that can go wrong, with the last handler running.
fn troubled() -> (Draft, HandlerId) {
    let mut draft = draft();
    draft.phase_began(Phase::LameDuck, millis(0));
    draft.phase_began(Phase::Draining, millis(5_000));
    let deregister = planned("deregister", HandlerPhase::Drain);
    let deregister = draft.handler_began(&deregister, millis(5_000), millis(5_000));
    draft.handler_ended(deregister, millis(5_300), Outcome::Completed);
    draft.abandon(Abandoned::Main);
    draft.abandon(Abandoned::InFlight { guards: 3, scope: None });
    let location = "src/consumer.rs:88:9".to_owned();
    draft.abandon(Abandoned::Task { location: location.clone(), name: None, scope: None });
    draft.abandon(Abandoned::Task { location: location.clone(), name: Some("reader".to_owned()), scope: None });
    draft.abandon(Abandoned::Task { location, name: None, scope: None });
    draft.phase_began(Phase::Teardown, millis(20_120));
    let queue = begin(&mut draft, "leave_queue", 20_120);
    draft.handler_ended(queue, millis(20_200), Outcome::Completed);
    let workers = begin(&mut draft, "stop_workers", 20_120);
    let metrics = begin(&mut draft, "flush_metrics", 20_120);
    let why = "could not reach the broker at amqp://broker.internal:5672: connection reset by peer\n\n\
                   Caused by:\n    os error 104";
    draft.handler_ended(workers, millis(22_000), Outcome::Failed(why.into()));
    draft.handler_ended(metrics, millis(25_120), Outcome::TimedOut { blocked: false });
    let cache = planned("close_cache", HandlerPhase::Teardown);
    draft.handlers_left_out([&cache].into_iter(), Outcome::Skipped("Resource<Client>".to_owned()));
    let database = begin(&mut draft, "close_database", 25_120);
    (draft, database)
}

#[test]
fn getters() {
    let report = clean();
    assert_eq!(report.reason(), &Reason::Signal(Signal::Terminate));
    assert_eq!(report.grace_period(), GRACE_PERIOD);
    assert_eq!(report.elapsed(), millis(412));
    assert_eq!(report.exit_code(), 0);
    assert!(report.is_clean());
    let phases: Vec<_> =
        report.phases().iter().map(|report| (report.phase(), report.started(), report.elapsed())).collect();
    assert_eq!(phases, [(Phase::Draining, millis(0), millis(310)), (Phase::Teardown, millis(310), millis(102)),]);
    let handlers: Vec<_> =
        report.handlers().iter().map(|report| (report.name(), report.started(), report.elapsed())).collect();
    assert_eq!(
        handlers,
        [
            ("stop_workers", Some(millis(310)), millis(82)),
            ("flush_metrics", Some(millis(310)), millis(20)),
            ("close_database", Some(millis(392)), millis(20)),
        ]
    );
}

#[test]
fn what_is_running_has_timed_out_for_a_report_at_this_moment() {
    let (mut draft, database) = troubled();
    let running: Vec<_> = draft.running().map(HandlerReport::name).collect();
    assert_eq!(running, ["close_database"]);

    let of_database = |report: &Report| {
        let mut handlers = report.handlers().iter();
        let report = handlers.find(|report| report.name() == "close_database").unwrap();
        (report.elapsed(), report.outcome().clone())
    };
    let forced = draft.report(millis(29_900));
    assert_eq!(of_database(&forced), (millis(4_780), Outcome::TimedOut { blocked: true }));
    assert_eq!(forced.phases().last().map(PhaseReport::elapsed), Some(millis(9_780)));

    draft.handler_ended(database, millis(26_200), Outcome::Completed);
    assert_eq!(draft.running().count(), 0);
    let report = draft.report(millis(29_900));
    assert_eq!(of_database(&report), (millis(1_080), Outcome::Completed));
}

#[test]
fn what_blocks_is_no_longer_running() {
    let mut draft = draft();
    let [stuck, dropped, running] = ["stuck", "dropped", "running"].map(|name| begin(&mut draft, name, 0));
    let stuck = draft.handler_ended(stuck, millis(5), Outcome::TimedOut { blocked: true });
    assert_eq!(stuck.as_ref().map(HandlerReport::elapsed), Some(millis(5)));
    draft.handler_ended(dropped, millis(5), Outcome::TimedOut { blocked: false });
    assert_eq!(draft.blocking().collect::<Vec<_>>(), stuck.iter().collect::<Vec<_>>());
    assert_eq!(draft.running().count(), 1);
    draft.handler_ended(running, millis(9), Outcome::Completed);
    assert_eq!(draft.running().count(), 0);
}

#[test]
fn clean_is_without_failure_and_without_abandoned_work() {
    let is_clean = |outcome| {
        let mut draft = draft();
        let id = begin(&mut draft, "a", 0);
        draft.handler_ended(id, millis(1), outcome);
        draft.report(millis(1)).is_clean()
    };
    assert!(is_clean(Outcome::Completed));
    assert!(is_clean(Outcome::Skipped("Pool".to_owned())));
    assert!(!is_clean(Outcome::Failed(String::new().into())));
    assert!(!is_clean(Outcome::TimedOut { blocked: false }));

    let mut draft = draft();
    assert!(draft.report(millis(1)).is_clean());
    draft.abandon(Abandoned::Main);
    assert!(!draft.report(millis(1)).is_clean());
}

#[test]
fn summaries() {
    assert_eq!(clean().summary(), "shutdown after SIGTERM took 412 ms of 30 s: 3 handlers completed; exit code 0");
    assert_eq!(
        draft().report(millis(2)).summary(),
        "shutdown after SIGTERM took 2 ms of 30 s: no handlers; exit code 0"
    );
    let (draft, _) = troubled();
    let mut report = draft.report(millis(29_900));
    report.exit_code = 124;
    assert_eq!(
        report.summary(),
        "shutdown after SIGTERM took 29.9 s of 30 s: 2 handlers completed, 1 failed, 2 timed out, \
             1 skipped; work was abandoned; exit code 124"
    );
}

#[test]
fn picture() {
    assert_eq!(
        clean().to_string(),
        "\
shutdown after SIGTERM took 412 ms of the 30 s grace period: exit code 0
draining                     310 ms  ████████████████████████████████
teardown                     102 ms                                  ██████████
  stop_workers    completed   82 ms                                  ━━━━━━━━
  flush_metrics   completed   20 ms                                  ━━
  close_database  completed   20 ms                                          ━━
                                     0 s                                  412 ms"
    );
}

#[test]
fn picture_of_trouble() {
    let (mut draft, _) = troubled();
    draft.details.main = "it waits for nothing";
    let mut report = draft.report(millis(29_900));
    report.exit_code = 124;
    assert_eq!(
        report.to_string(),
        "\
shutdown after SIGTERM took 29.9 s of the 30 s grace period: exit code 124
lame duck                        5 s  ███████                                  │
draining                     15.12 s         ████████████████████              │
  deregister      completed   300 ms         ━                                 │
teardown                      9.78 s                             ██████████████│
  leave_queue     completed    80 ms                             ━             │
  stop_workers    failed      1.88 s                             ━━━           │
    could not reach the broker at amqp://broker.internal:5672: connection reset
    by peer

    Caused by:
        os error 104
  flush_metrics   timed out      5 s                             ━━━━━━━       │
  close_database  timed out   4.78 s                                    ━━━━━━━│
    was still running
  close_cache     skipped                                                      │
    no Resource<Client> was provided
                                      0 s                      grace period 30 s
abandoned: main had not returned: it waits for nothing
           3 in flight
           task spawned at src/consumer.rs:88:9 (2 times)
           task `reader` spawned at src/consumer.rs:88:9"
    );
}

#[test]
fn picture_of_an_end_before_the_teardown() {
    let mut draft = draft();
    draft.phase_began(Phase::Draining, millis(0));
    draft.handlers_left_out([&planned("close", HandlerPhase::Teardown)].into_iter(), Outcome::Cancelled);
    assert_eq!(
        draft.report(millis(12_000)).to_string(),
        "\
shutdown after SIGTERM took 12 s of the 30 s grace period: exit code 0
draining             12 s  ███████████████████                             │
teardown  not begun                                                        │
  close   cancelled                                                        │
                           0 s                             grace period 30 s"
    );
}

#[test]
fn among_many_handlers_those_that_failed_are_shown() {
    let mut draft = draft();
    draft.phase_began(Phase::Teardown, millis(0));
    for number in 0..10_000 {
        let id = begin(&mut draft, &format!("{number}"), number);
        let outcome = match number {
            7_000 => Outcome::Failed("disk full".into()),
            _ => Outcome::Completed,
        };
        draft.handler_ended(id, millis(10_000), outcome);
    }
    let picture = draft.report(millis(10_000)).to_string();
    assert!(picture.contains("\n    disk full\n"), "{picture}");
    assert!(picture.contains("\n  … and 9 988 more: 9 988 completed\n"), "{picture}");
    assert_eq!(picture.lines().count(), 17);
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Completed),
        any_text().prop_map(|text| Outcome::Failed(text.into())),
        any_text().prop_map(Outcome::Panicked),
        any::<bool>().prop_map(|blocked| Outcome::TimedOut { blocked }),
        any_text().prop_map(Outcome::Skipped),
        Just(Outcome::Cancelled),
    ]
}

fn any_abandoned() -> impl Strategy<Value = Abandoned> {
    prop_oneof![
        Just(Abandoned::Main),
        (any_text(), proptest::option::of(any_text()), proptest::option::of(any_text()))
            .prop_map(|(location, name, scope)| Abandoned::Task { location, name, scope }),
        (any::<usize>(), proptest::option::of(any_text()))
            .prop_map(|(connections, scope)| Abandoned::Connections { connections, scope }),
        (any::<usize>(), proptest::option::of(any_text()))
            .prop_map(|(guards, scope)| Abandoned::InFlight { guards, scope }),
    ]
}

fn any_handler() -> impl Strategy<Value = HandlerReport> {
    let phase = proptest::sample::select(&HandlerPhase::ALL[..]);
    let started = proptest::option::of(any_duration());
    (any_text(), phase, started, any_duration(), any_outcome()).prop_map(|(name, phase, started, elapsed, outcome)| {
        HandlerReport {
            name: name.into(),
            priority: 0,
            phase,
            after: None,
            timeout: elapsed,
            started,
            elapsed,
            outcome,
        }
    })
}

fn any_phase() -> impl Strategy<Value = PhaseReport> {
    let phase = prop_oneof![Just(Phase::LameDuck), Just(Phase::Draining), Just(Phase::Teardown),];
    (phase, any_duration(), any_duration()).prop_map(|(phase, started, elapsed)| PhaseReport {
        phase,
        started,
        elapsed,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn pictures_keep_their_bounds(
        name in any_text(),
        grace_period in any_duration(),
        elapsed in any_duration(),
        phases in vec(any_phase(), 0..4),
        handlers in vec((any_handler(), prop_oneof![9 => 1..3_usize, 1 => 1..3_000_usize]), 0..20),
        abandoned in vec(any_abandoned(), 0..30),
        exit_code in any::<u8>(),
    ) {
        let report = Report {
            failed_tasks: vec![FailedTask::new(&name, Outcome::Failed(name.as_str().into()))],
            supervised_tasks: vec![SupervisedTask::new(&name, 2, Outcome::Panicked(name.clone())); 20],
            warnings: vec![name.clone()],
            reason: Reason::CriticalTask(name.clone().into()),
            grace_period,
            elapsed,
            phases,
            handlers: handlers
                .into_iter()
                .flat_map(|(handler, times)| std::iter::repeat_n(handler, times))
                .collect::<Vec<_>>()
                .into(),
            exit_code,
            explained: abandoned.iter().map(ToString::to_string).collect(),
            abandoned,
            main_failure: Some(Outcome::Panicked(name.clone())),
            cut: CutConnections::from(&Described::default()),
        };
        check(&report.to_string())?;
        prop_assert_eq!(escape(&report.summary()), report.summary());
    }
}
