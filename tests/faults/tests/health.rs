//! A health check that can't be run is not one that found nothing wrong.
#![cfg(target_os = "linux")]

use graceful_process_tests::Program;

#[test]
fn a_check_without_a_thread_is_unhealthy() {
    let ended = Program::new(env!("CARGO_BIN_EXE_health_without_threads")).start().end();
    let found = ["the service is unhealthy", "cache is healthy", "", "disk is unhealthy", "could not be run"];
    ended.exits_with(0).says(&found);
}
