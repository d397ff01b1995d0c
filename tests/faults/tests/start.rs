//! A program that cannot have its threads does not start, and says so. It never hangs.
#![cfg(target_os = "linux")]

use graceful_process_tests::{Program, all};

/// The kinds of main, each with how many threads it needs: main's, the supervisor's, the workers', and the one that drives a
/// current-thread runtime beside a plain main.
const KINDS: [(&str, u64); 5] =
    [("multi_thread", 4), ("current_thread", 2), ("local", 2), ("plain", 5), ("plain_current_thread", 3)];

#[test]
fn too_few_threads_stop_the_start() {
    // A user with other processes has fewer than the limit.
    let cases = KINDS.into_iter().flat_map(|(kind, needed)| (1..9).map(move |limit| (kind, needed, limit)));
    all(cases, |(kind, needed, limit)| {
        let ended = Program::new(env!("CARGO_BIN_EXE_start_with_few_threads")).arg(&limit.to_string()).arg(kind).run();
        if ended.code == Some(0) {
            ended.says(&["main"]).is_silent();
        } else {
            ended.exits_with(1).says(&[]).stderr_has("cannot start ").stderr_has("Resource temporarily unavailable");
        }
        let starts = limit >= needed;
        assert!(starts || ended.code == Some(1), "{kind} with {limit}: {ended}");
        assert!(!starts || ended.code == Some(0) || !is_root(), "{kind} with {limit}: {ended}");
    });
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("Uid:\t0\t"))
}
