//! What the crate refuses: errors with a kind, or words on standard error; never a panic.

use graceful_process_tests::{Program, all};

const ERRORS: &str = env!("CARGO_BIN_EXE_errors");

#[test]
fn a_process_runs_once() {
    let ended = Program::new(ERRORS).arg("twice").run();
    ended.exits_with(0).is_silent();
    let refused = "AlreadyRunning, 1";
    let handler = "Err(TooLate)";
    ended.says(&["main", refused, handler, handler, "Ok(ExitCode(unix_exit_status(0)))", refused, refused]);
}

#[test]
fn a_handler_that_comes_too_late_is_refused() {
    let ended = Program::new(ERRORS).arg("late").run();
    ended.exits_with(0).says(&["main", "Err(TooLate)", "Err(TooLate)"]).is_silent();
}

#[test]
fn a_configuration_that_does_not_hold_together_is_refused() {
    let ended = Program::new(ERRORS).arg("config").run();
    ended.exits_with(0).is_silent();
    assert_eq!(ended.stdout.len(), 1, "{ended}");
    assert!(ended.stdout[0].starts_with("the lame duck of 20s and the drain timeout of 20s"), "{ended}");
}

#[test]
fn too_few_file_descriptors_stop_the_start() {
    // With how many it starts is the libraries' affair; with fewer there must be words, and nothing of main.
    all(4..40, |limit| {
        let script = format!(r#"ulimit -n {limit}; exec "$0" "$@""#);
        let ended = Program::under(&script, env!("CARGO_BIN_EXE_main_end")).arg("multi_thread").arg("returns").run();
        if ended.code == Some(0) {
            ended.is_silent();
            assert_eq!(ended.stdout.len(), 3, "{ended}");
        } else {
            ended.exits_with(1).says(&[]).stderr_has("graceful: cannot ").stderr_has("Too many open files");
        }
        // So that both are seen.
        assert!(limit > 4 || ended.code == Some(1), "{ended}");
        assert!(limit < 39 || ended.code == Some(0), "{ended}");
    });
}
