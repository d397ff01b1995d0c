use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::timeline::arbitrary::{any_duration, any_text, check};

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn drain(name: &str, priority: i32, timeout: u64) -> PlannedHandler {
    PlannedHandler::new(name.to_owned(), priority, secs(timeout), HandlerPhase::Drain, "src/main.rs:1")
}

fn teardown(name: &str, priority: i32, timeout: u64) -> PlannedHandler {
    PlannedHandler::new(name.to_owned(), priority, secs(timeout), HandlerPhase::Teardown, "src/main.rs:1")
}

fn timeouts(grace_period: Duration, lame_duck: Duration, drain_timeout: Duration) -> Timeouts {
    Timeouts { grace_period, lame_duck, drain_timeout: Some(drain_timeout), handler_timeout: None }
}

/// Grace period 30 s, lame duck 5 s, drain 15 s.
fn plan(handlers: impl IntoIterator<Item = PlannedHandler>) -> Plan {
    Plan::new(&timeouts(secs(30), secs(5), secs(15)), handlers.into_iter().collect())
}

fn names(handlers: &[PlannedHandler]) -> Vec<&str> {
    handlers.iter().map(PlannedHandler::name).collect()
}

#[test]
fn sorts() {
    let plan = plan([
        teardown("low", i32::MIN, 1),
        teardown("b", 10, 1),
        drain("late", -1, 1),
        teardown("a", 10, 1),
        teardown("high", i32::MAX, 1),
        drain("early", 1, 1),
    ]);
    assert_eq!(names(plan.handlers()), ["early", "late", "high", "a", "b", "low"]);
    let groups: Vec<_> = plan.groups().map(|group| names(group.handlers())).collect();
    assert_eq!(groups, [vec!["high"], vec!["a", "b"], vec!["low"]]);
    let priorities: Vec<_> = plan.drain_groups().map(|group| group.priority()).collect();
    assert_eq!(priorities, [1, -1]);
}

#[test]
fn groups_of_both_phases_stay_apart() {
    let plan = plan([drain("a", 0, 7), teardown("b", 0, 3)]);
    assert_eq!(plan.groups().count(), 1);
    assert_eq!(plan.drain_groups().count(), 1);
    assert_eq!(plan.teardown_worst_case(), secs(3));
}

#[test]
fn worst_case() {
    let handlers = [teardown("a", 10, 4), teardown("b", 10, 2), teardown("c", 0, 5)];
    let plan = plan(handlers.into_iter().chain([drain("d", 0, 100)]));
    assert_eq!(plan.teardown_worst_case(), secs(9));
    assert_eq!(plan.worst_case(), secs(29));
    assert_eq!(plan.fits(), Ok(()));
}

#[test]
fn the_handlers_of_scopes_come_after_the_drain() {
    let scopes = PlannedScopes::new(2, 3, secs(8));
    let plan = plan([teardown("a", 0, 4)]).with_scopes(Some(scopes));
    assert_eq!(
        (plan.worst_case(), plan.teardown_worst_case(), plan.handlers().len()),
        (secs(5 + 15 + 8 + 4), secs(4), 1)
    );
    let error = plan.fits().unwrap_err().to_string();
    assert!(error.contains("(lame duck 5 s + drain 15 s + scopes 8 s + teardown 4 s)"), "{error}");
    let picture = plan.to_string();
    let at = |what| picture.find(what).unwrap_or_else(|| panic!("{what}: {picture}"));
    let order =
        ["drain", "\nscopes", "3 handlers of 2 scopes that exist now; later ones are not known", "teardown"].map(at);
    assert!(order.is_sorted(), "{picture}");
}

fn lame_duck(name: &str, priority: i32, timeout: u64) -> PlannedHandler {
    PlannedHandler::new(name.to_owned(), priority, secs(timeout), HandlerPhase::LameDuck, "src/main.rs:1")
}

#[test]
fn the_lame_duck_is_as_long_as_its_handlers() {
    let plan = |set| {
        let handlers = vec![lame_duck("a", 1, 3), lame_duck("b", 1, 1), lame_duck("c", 0, 4), teardown("d", 0, 1)];
        Plan::new(&timeouts(secs(30), secs(set), secs(10)), handlers)
    };
    assert_eq!([5, 9].map(|set| plan(set).lame_duck()), [7, 9].map(secs));
    assert_eq!(plan(5).worst_case(), secs(7 + 10 + 1));
    let picture = plan(5).to_string();
    let rows: Vec<_> = picture.lines().skip(1).map(|row| row.split("  ").next().unwrap_or_default()).collect();
    assert_eq!(rows[0], "lame duck", "{picture}");
    assert!(picture.contains("\n  a  ") && picture.contains("\n  c  "), "{picture}");
}

#[test]
fn without_a_lame_duck_its_handlers_are_those_of_the_drain() {
    let plan = Plan::new(&timeouts(secs(30), secs(0), secs(15)), vec![drain("stop", 0, 7), lame_duck("leave", 1, 3)]);
    assert_eq!((plan.lame_duck(), plan.worst_case()), (secs(0), secs(15)));
    assert_eq!(names(plan.handlers()), ["leave", "stop"]);
    assert!(plan.handlers().iter().all(|handler| handler.phase() == HandlerPhase::Drain));
}

#[test]
fn worst_case_does_not_overflow() {
    let plan = plan([teardown("a", 1, u64::MAX), teardown("b", 0, u64::MAX)]);
    assert_eq!(plan.worst_case(), Duration::MAX);
    assert!(plan.fits().is_err());
}

#[test]
fn fits_to_the_nanosecond() {
    let with = |grace_period| Plan::new(&timeouts(grace_period, secs(5), secs(15)), vec![teardown("a", 0, 10)]);
    assert_eq!(with(secs(30)).fits(), Ok(()));
    let error = with(secs(30) - Duration::from_nanos(1)).fits().unwrap_err();
    assert_eq!(error.excess(), Duration::from_nanos(1));
}

#[test]
fn says_what_to_change() {
    let message = |plan: Plan| plan.fits().unwrap_err().to_string();

    let handlers = [teardown("stop_workers", 20, 12), teardown("flush", 20, 1), teardown("c", 10, 5)];
    assert_eq!(
        message(plan(handlers)),
        "the plan takes 37 s in the worst case (lame duck 5 s + drain 15 s + teardown 17 s), 7 s more than \
             the grace period of 30 s: raise grace_period to 37s, or lower drain_timeout or the timeouts of \
             priority 20 (12 s: `stop_workers`)"
    );

    let five = |priority| ["a", "b", "c", "d", "e"].map(|name| teardown(name, priority, 60));
    assert_eq!(
        message(Plan::new(&timeouts(secs(30), secs(0), secs(0)), five(1).into_iter().chain(five(0)).collect())),
        "the plan takes 2 min in the worst case (teardown 2 min), 1 min 30 s more than the grace period of \
             30 s: raise grace_period to 2m, or lower the timeouts of priority 1 (1 min: `a`, `b`, `c` and 2 more)"
    );

    assert_eq!(
        message(Plan::new(&timeouts(secs(30), secs(90), secs(0)), vec![])),
        "the plan takes 1 min 30 s in the worst case (lame duck 1 min 30 s), 1 min more than the grace \
             period of 30 s: raise grace_period to 1m 30s, or lower lame_duck"
    );
}

#[test]
fn picture() {
    let plan = plan([
        teardown("stop_workers", 20, 5),
        teardown("flush_metrics", 20, 1),
        teardown("close_database", 10, 4),
        drain("deregister", 0, 2),
    ]);
    assert_eq!(
        plan.to_string(),
        "\
shutdown plan: 4 handlers, 29 s in the worst case, grace period 30 s
lame duck               5 s  ████████                                        │
drain                  15 s          ████████████████████████                │
  deregister            2 s          ━━━                                     │
teardown, priority 20   5 s                                  ████████        │
  flush_metrics         1 s                                  ━━              │
  stop_workers          5 s                                  ━━━━━━━━        │
teardown, priority 10   4 s                                          ██████  │
  close_database        4 s                                          ━━━━━━  │
                             0 s                             grace period 30 s
fits, with 1 s to spare"
    );
}

/// A handler after those at these places of the list.
fn after(handler: PlannedHandler, names: &[(&'static str, usize)]) -> PlannedHandler {
    let before = |(name, place): &(&'static str, usize)| Before { name: (*name).into(), place: Some(*place) };
    handler.runs_after(names.iter().map(before).collect())
}

#[test]
fn the_worst_case_is_the_longest_chain() {
    let handlers = [
        after(teardown("c", 10, 4), &[("b", 1), ("d", 2)]),
        after(teardown("b", 10, 2), &[("z", 4)]),
        teardown("d", 10, 3),
        after(teardown("a", 0, 1), &[("c", 0)]),
        teardown("z", 10, 2),
    ];
    let plan = plan(handlers);
    assert_eq!(names(plan.handlers()), ["d", "z", "b", "c", "a"]);
    assert_eq!(plan.handlers()[3].after().collect::<Vec<_>>(), ["b", "d"]);
    assert_eq!(plan.groups().map(|group| group.worst_case()).collect::<Vec<_>>(), [8, 1].map(secs));
    assert_eq!(plan.worst_case(), secs(5 + 15 + 9));
    assert_eq!(
        plan.to_string(),
        "\
shutdown plan: 5 handlers, 29 s in the worst case, grace period 30 s
lame duck               5 s  ████████                                        │
drain                  15 s          ████████████████████████                │
teardown, priority 10   8 s                                  █████████████   │
  d                     3 s                                  ━━━━━           │
  z                     2 s                                  ━━━             │
  b                     2 s                                     ━━━          │
    after z
  c                     4 s                                        ━━━━━━━   │
    after b, d
teardown, priority 0    1 s                                               █  │
  a                     1 s                                               ━  │
    after c
                             0 s                             grace period 30 s
fits, with 1 s to spare"
    );
}

#[test]
fn a_chain_that_is_too_long_is_named() {
    let handlers = [after(teardown("close", 0, 7), &[("stop", 1)]), teardown("stop", 0, 6), teardown("other", 0, 12)];
    let message = plan(handlers).fits().unwrap_err().to_string();
    assert!(
        message.ends_with("or lower drain_timeout or the timeouts of priority 0 (13 s: `stop`, `close`)"),
        "{message}"
    );
}

#[test]
fn picture_of_a_plan_that_does_not_fit() {
    let plan = plan([
        teardown("stop_workers", 20, 12),
        teardown("flush_metrics", 20, 1),
        teardown("billing::invoices::export::close_the_connections", 10, 5),
        // Longer than the drain, which ends it.
        drain("deregister", 0, 20),
    ]);
    assert_eq!(
        plan.to_string(),
        "\
shutdown plan: 4 handlers, 37 s in the worst case, grace period 30 s
lame duck                                     5 s  ████                   │
drain                                        15 s      ███████████        │
  deregister                                 20 s      ━━━━━━━━━━━        │
teardown, priority 20                        12 s                 ████████░
  flush_metrics                               1 s                 ━       │
  stop_workers                               12 s                 ━━━━━━━━─
teardown, priority 10                         5 s                         │░░░░
  billing::inv…xport::close_the_connections   5 s                         │────
                                                   0 s    grace period 30 s
does not fit: 7 s too long"
    );
}

#[test]
fn the_flush_is_part_of_the_plan() {
    let flush = PlannedHandler::new("flush_traces", 0, secs(7), HandlerPhase::Flush, "src/main.rs:1");
    let plan = plan([flush, teardown("close_database", 10, 5)]);
    assert_eq!((plan.teardown_worst_case(), plan.flush_worst_case(), plan.worst_case()), (secs(5), secs(7), secs(32)));
    assert_eq!(
        plan.fits().unwrap_err().to_string(),
        "the plan takes 32 s in the worst case (lame duck 5 s + drain 15 s + teardown 5 s + flush 7 s), 2 s more than \
             the grace period of 30 s: raise grace_period to 32s, or lower drain_timeout or the timeouts of \
             priority 0 (7 s: `flush_traces`)"
    );
    let picture = plan.to_string();
    let at = |row: &str| picture.lines().position(|line| line.trim_start().starts_with(row));
    assert!(at("teardown, priority 10") < at("flush, priority 0"), "{picture}");
    assert!(at("flush, priority 0").is_some() && at("flush_traces").is_some(), "{picture}");
}

#[test]
fn picture_without_handlers() {
    let plan = Plan::new(&timeouts(secs(30), secs(0), secs(15)), vec![]);
    assert_eq!(
        plan.to_string(),
        "\
shutdown plan: 0 handlers, 15 s in the worst case, grace period 30 s
drain  15 s  ████████████████████████                        │
             0 s                             grace period 30 s
fits, with 15 s to spare"
    );
}

#[test]
fn picture_of_many_handlers() {
    let plan = plan((0..10_000).map(|number| teardown(&format!("{number:05}"), 0, 10)));
    let picture = plan.to_string();
    assert_eq!(picture.lines().count(), 19);
    assert!(picture.contains("\n  … and 9 988 more\n"), "{picture}");
    assert!(picture.ends_with("\nfits, with nothing to spare"), "{picture}");
}

fn any_handler() -> impl Strategy<Value = PlannedHandler> {
    let phase = proptest::sample::select(&HandlerPhase::ALL[..]);
    let priority = prop_oneof![-3..3_i32, any::<i32>()];
    (any_text(), priority, any_duration(), phase).prop_map(|(name, priority, timeout, phase)| {
        PlannedHandler::new(name.to_owned(), priority, timeout, phase, "src/main.rs:1")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn pictures_keep_their_bounds(
        grace_period in any_duration(),
        lame_duck in any_duration(),
        drain_timeout in any_duration(),
        handlers in vec((any_handler(), prop_oneof![9 => 1..3_usize, 1 => 1..3_000_usize]), 0..20),
    ) {
        let handlers = handlers
            .into_iter()
            .flat_map(|(handler, times)| std::iter::repeat_n(handler, times))
            .collect();
        let plan = Plan::new(&timeouts(grace_period, lame_duck, drain_timeout), handlers);
        check(&plan.to_string())?;
        if let Err(error) = plan.fits() {
            prop_assert!(!error.excess().is_zero());
            prop_assert!(!error.to_string().contains(char::is_control));
        }
    }

    #[test]
    fn three_default_groups_fit(millis in 1..=1_000_000_000_u64, shift in 0..30_u32, share in 0.0..1.0) {
        let grace_period = Duration::from_millis((millis >> shift).max(1));
        let lame_duck = grace_period.mul_f64(share).min(grace_period - Duration::from_nanos(1));
        let timeouts = Timeouts { grace_period, lame_duck, ..Timeouts::default() };
        let default = |priority| {
            let timeout = timeouts.effective_handler_timeout();
            PlannedHandler::new("close", priority, timeout, HandlerPhase::Teardown, "src/main.rs:1")
        };
        let plan = Plan::new(&timeouts, vec![default(2), default(1), default(1), default(0)]);
        prop_assert_eq!(plan.fits(), Ok(()));
    }

    #[test]
    fn every_handler_is_in_one_group(handlers in vec(any_handler(), 0..50), lame_duck in 0..2_u64) {
        let plan = Plan::new(&timeouts(secs(30), secs(lame_duck), secs(15)), handlers);
        prop_assert!(lame_duck > 0 || plan.lame_duck_groups().next().is_none());
        let groups: Vec<_> = plan.lame_duck_groups().chain(plan.drain_groups()).chain(plan.groups()).chain(plan.flush_groups()).collect();
        let grouped: Vec<_> = groups.iter().flat_map(|group| group.handlers()).collect();
        prop_assert_eq!(grouped, plan.handlers().iter().collect::<Vec<_>>());
        let priorities: Vec<_> = plan.groups().map(|group| group.priority()).collect();
        prop_assert!(priorities.is_sorted_by(|a, b| a > b));
    }
}
