//! A program that cannot have its threads does not start, and says so. It never hangs.
#![cfg(target_os = "linux")]

use graceful_process_tests::{Program, all};

#[test]
fn too_few_threads_stop_the_start() {
    // Main's thread, the supervisor's, and two workers. A user with other processes has none left with any of these limits.
    all(1..9, |limit| {
        let program = Program::new(env!("CARGO_BIN_EXE_start_with_few_threads")).arg(&limit.to_string());
        let ended = program.env("TOKIO_WORKER_THREADS", "2").run();
        if ended.code == Some(0) {
            ended.says(&["main"]).is_silent();
        } else {
            ended
                .exits_with(1)
                .says(&[])
                .stderr_has("cannot start the ")
                .stderr_has("Resource temporarily unavailable");
        }
        assert!(limit > 3 || ended.code == Some(1), "with {limit}: {ended}");
        assert!(limit < 8 || ended.code == Some(0) || !is_root(), "with {limit}: {ended}");
    });
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("Uid:\t0\t"))
}
