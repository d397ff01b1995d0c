//! The values that main provides.

use graceful_process_tests::{Program, all};

const VALUES: &str = env!("CARGO_BIN_EXE_values");

const WARNING: &str = "2 values of type `values::Pool` were provided, at tests/process/src/bin/values.rs:";

#[test]
fn handlers_take_all_values_of_a_type_or_the_last_one() {
    let ended = Program::new(VALUES).terminated();
    ended.exits_with(0);
    assert!(ended.said().contains(&"[1, 2, 3], 0, 1"), "{ended}");
    assert!(ended.said().contains(&"tertiary, replica"), "{ended}");
}

#[test]
fn a_second_value_of_a_type_is_in_the_log_once() {
    let later = "3 values of type `values::Pool` were provided, first at tests/process/src/bin/values.rs:";
    all([("early", WARNING), ("late", later)], |(scenario, warning)| {
        let ended = Program::new(VALUES).arg(scenario).terminated();
        ended.exits_with(0).stderr_has(warning);
        let warnings = ended.stderr.iter().filter(|line| line.contains(" WARN graceful: "));
        assert_eq!(warnings.count(), 1, "{ended}");
    });
}

#[test]
fn a_second_value_of_a_type_is_in_the_plan_and_in_the_report() {
    let ended = Program::new(VALUES).arg("fails").terminated();
    ended.exits_with(1);
    let (before, after) = ended.stdout.split_at(ended.position("main"));
    let warning = "warning: 3 values of type `values::Pool` were provided";
    assert_eq!(before.iter().filter(|line| line.starts_with(warning)).count(), 1, "{ended}");
    assert!(after.iter().any(|line| line.starts_with("3 values of type `values::Pool` were provided")), "{ended}");
    assert_eq!(ended.stderr.iter().filter(|line| line.starts_with(warning)).count(), 1, "{ended}");
}
