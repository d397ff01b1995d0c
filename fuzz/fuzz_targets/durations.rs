//! A text as a duration: what an attribute takes, the environment takes too, for the same.

#![no_main]

use graceful_fuzz::{configuration, duration_of_an_attribute};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if text.contains('\0') {
        return;
    }
    // SAFETY: nothing else runs in this process.
    unsafe { std::env::set_var("GRACEFUL_GRACE_PERIOD", text) };
    let of_the_environment = configuration().map(|[grace_period, ..]| grace_period);
    match (duration_of_an_attribute(text), of_the_environment) {
        (Ok(one), Ok(other)) => assert_eq!(one, other),
        (Err(_), Err(_)) => {}
        (one, other) => panic!("{one:?} in the source, {other:?} in the environment"),
    }
});
