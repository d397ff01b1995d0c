//! Any values of the variables, a line each.

#![no_main]

use graceful_fuzz::configuration;
use libfuzzer_sys::fuzz_target;

const VARIABLES: [&str; 4] =
    ["GRACEFUL_GRACE_PERIOD", "GRACEFUL_LAME_DUCK", "GRACEFUL_DRAIN_TIMEOUT", "GRACEFUL_PROBES"];

#[cfg(unix)]
fn value(line: &[u8]) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(line.to_vec())
}

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    for variable in VARIABLES {
        // SAFETY: nothing else runs in this process.
        match lines.next() {
            Some(line) if !line.is_empty() && !line.contains(&0) => unsafe { std::env::set_var(variable, value(line)) },
            _ => unsafe { std::env::remove_var(variable) },
        }
    }
    match configuration() {
        Ok([grace_period, lame_duck, drain_timeout]) => {
            let before_teardown = lame_duck.checked_add(drain_timeout);
            assert!(before_teardown.is_some_and(|sum| sum < grace_period));
            assert!(std::time::Instant::now().checked_add(grace_period).is_some());
        }
        Err(text) => {
            assert!(VARIABLES.iter().any(|variable| text.contains(variable)), "{text:?}");
            assert!(!text.contains(char::is_control), "{text:?}");
        }
    }
});
