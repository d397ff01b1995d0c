//! Parts that fail, with errors of several kinds, or panic.

use super::{in_order, interrupted, start};

#[test]
fn a_failure_ends_the_service_and_other_parts_clean_up() {
    let ended = start("failed").end();
    ended.exits_with(1).stderr_has("critical task `one`: one failed on purpose");
    in_order(&ended, &["one started", "two stopped"]);
    in_order(&ended, &["one started", "the critical task `one` ended"]);
}

#[test]
fn a_nested_failure_is_returned_by_main() {
    let ended = start("nested_error").end();
    ended.exits_with(1).stderr_has("two failed on purpose");
    ended.says(&["one started", "one stopping", "one stopped"]);
}

#[test]
fn a_panic_ends_the_service_and_other_parts_clean_up() {
    let ended = start("panics").end();
    ended.exits_with(1).stderr_has("critical task `two` panicked: two panicked on purpose");
    ended.says(&["one started", "one stopping", "one stopped"]);
}

#[test]
fn a_panic_in_the_shutdown_after_a_panic_disturbs_nobody() {
    let ended = start("double_panic").end();
    ended.exits_with(1);
    for part in ["one", "two"] {
        ended.stderr_has(&format!("critical task `{part}` panicked: {part} panicked on purpose"));
    }
    in_order(&ended, &["three stopping", "three stopped"]);
    in_order(&ended, &["one stopping", "three stopped"]);
}

#[test]
fn a_part_is_restarted_after_each_panic() {
    let ended = interrupted("restart", "attempt 3");
    ended.exits_with(0);
    in_order(&ended, &["attempt 1", "attempt 2", "attempt 3", "stopping"]);
    assert_eq!(ended.said().last(), Some(&"stopping"), "restarted in the drain\n{ended}");
}

#[test]
fn an_error_of_the_program_is_in_the_report() {
    start("own_error").end().exits_with(1).stderr_has("critical task `part`: my error");
}

#[test]
fn errors_of_anyhow_and_eyre_are_in_the_report_with_their_causes() {
    for program in ["with_anyhow", "with_eyre"] {
        start(program).end().exits_with(1).stderr_has("critical task `part`: cannot commit: disk full");
    }
}

#[test]
fn main_has_the_errors_of_all_parts_with_their_types() {
    let ended = start("typed_errors").end();
    let mut said = ended.said();
    said.sort_unstable();
    let errors = ["one failed with 42", "six failed with 69", "three panicked", "two failed"];
    assert_eq!(said, [&["abandoned: 1"], &errors[..]].concat(), "{ended}");
    ended.exits_with(1).stderr_has("Error: ScopeError");
}
