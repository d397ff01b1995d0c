//! What the environment overrides, and how it is told that it can't.

use graceful_process_tests::{Program, all};

const PLAN: &str = env!("CARGO_BIN_EXE_plan");

const VARIABLES: [&str; 3] = ["GRACEFUL_GRACE_PERIOD", "GRACEFUL_LAME_DUCK", "GRACEFUL_DRAIN_TIMEOUT"];

/// The time of a row of the plan.
fn row<'a>(plan: &'a [String], label: &str) -> Option<&'a str> {
    let row = plan.iter().find_map(|line| line.strip_prefix(label))?;
    row.trim_start().split("  ").next()
}

#[test]
fn the_source_counts_where_the_environment_is_silent() {
    let ended = Program::new(PLAN).run();
    ended.exits_with(0).is_silent();
    assert_eq!(row(&ended.stdout, "lame duck "), Some("1 s"), "{ended}");
    assert_eq!(row(&ended.stdout, "drain "), Some("15 s"), "{ended}");
    assert_eq!(row(&ended.stdout, "  handler "), Some("2 s"), "{ended}");
    assert!(ended.stdout[1].ends_with("grace period 30 s"), "{ended}");
}

#[test]
fn the_environment_overrides_the_source() {
    let ended = Program::new(PLAN).grace_period("55s").lame_duck("500ms").drain_timeout("20s").run();
    ended.exits_with(0).is_silent();
    assert_eq!(row(&ended.stdout, "lame duck "), Some("500 ms"), "{ended}");
    assert_eq!(row(&ended.stdout, "drain "), Some("20 s"), "{ended}");
    assert!(ended.stdout[1].ends_with("grace period 55 s"), "{ended}");
}

#[test]
fn one_variable_overrides_one_value() {
    let ended = Program::new(PLAN).lame_duck("0s").run();
    ended.exits_with(0).is_silent();
    assert_eq!(row(&ended.stdout, "lame duck "), None, "{ended}");
    assert_eq!(row(&ended.stdout, "drain "), Some("15 s"), "{ended}");
}

#[test]
fn a_bad_value_stops_the_start() {
    let values = ["soon", "30", "-1s", "1s 1s x", "99999999999999999999s"];
    let cases = VARIABLES.iter().flat_map(|variable| values.map(|value| (*variable, value)));
    all(cases.chain([("GRACEFUL_GRACE_PERIOD", "0s")]), |(variable, value)| {
        let ended = Program::new(PLAN).env(variable, value).run();
        ended.exits_with(78).says(&[]);
        assert_eq!(ended.stderr.len(), 1, "{ended}");
        for part in ["graceful: ", variable, &format!("`{value}`"), "expected a duration such as `30s`"] {
            ended.stderr_has(part);
        }
    });
}

/// Templates write an empty value where they have none.
#[test]
fn an_empty_value_counts_as_unset() {
    let variables = VARIABLES.into_iter().chain(["GRACEFUL_REPORT"]);
    let ended = variables.fold(Program::new(PLAN), |program, variable| program.env(variable, "")).run();
    ended.exits_with(0).is_silent();
    assert_eq!(row(&ended.stdout, "lame duck "), Some("1 s"), "{ended}");
    assert_eq!(row(&ended.stdout, "drain "), Some("15 s"), "{ended}");
    assert!(ended.stdout[1].ends_with("grace period 30 s"), "{ended}");
}

#[test]
fn an_unknown_name_is_said_and_changes_nothing() {
    let ended = Program::new(PLAN).env("GRACEFUL_GRACE_PEROID", "5s").run();
    ended.exits_with(0);
    assert!(ended.stdout[1].ends_with("grace period 30 s"), "{ended}");
    assert_eq!(
        ended.stderr,
        [
            "graceful: the environment variable `GRACEFUL_GRACE_PEROID` has no effect, because graceful has no such variable; \
          did you mean `GRACEFUL_GRACE_PERIOD`?"
        ],
        "{ended}"
    );
    let ended = Program::new(PLAN).env("GRACEFUL_\n", "").run();
    ended.exits_with(0).stderr_has("`GRACEFUL_\\n`");
    assert_eq!(ended.stderr.len(), 1, "{ended}");
}

#[test]
fn an_unknown_format_of_the_report_stops_the_start() {
    let ended = Program::new(PLAN).env("GRACEFUL_REPORT", "picture").run();
    ended.exits_with(78).says(&[]).stderr_has("expected `off`, `text` or `json`");
}

#[test]
fn a_value_that_is_no_text_stops_the_start() {
    let script = r#"GRACEFUL_LAME_DUCK=$(printf '\377') exec "$0""#;
    let ended = Program::under(script, PLAN).run();
    ended.exits_with(78).says(&[]).stderr_has("GRACEFUL_LAME_DUCK");
}

#[test]
fn values_that_contradict_the_source_stop_the_start() {
    let ended = Program::new(PLAN).grace_period("10s").run();
    ended.exits_with(78).says(&[]);
    for part in ["GRACEFUL_GRACE_PERIOD=10s", "15s", "must be shorter"] {
        ended.stderr_has(part);
    }
}
