//! What holds up `std::process::exit`: half a line on a full standard output, a function of `atexit`, a second caller.

use std::io::{self, Write};
use std::process::exit;
use std::sync::Barrier;
use std::{env, thread};

use graceful_process_tests::inside::{block, scenario, tell};

fn main() {
    match &*scenario() {
        // Without graceful: what std alone does.
        "alone" => {
            prepare();
            tell("exits");
            exit(0);
        }
        "graceful" => with_graceful::main(),
        other => panic!("no scenario `{other}`"),
    }
}

mod with_graceful {
    use super::*;

    #[graceful::main(grace_period = "2s", drain_timeout = "200ms", plan_test = false)]
    pub(super) async fn main() {
        prepare();
        if env::args().nth(3).is_some_and(|who| who == "application") {
            thread::spawn(|| exit(3));
        }
        tell("exits");
        graceful::shutdown_requested().await;
    }
}

fn prepare() {
    match env::args().nth(2).as_deref() {
        Some("half-line") => io::stdout().write_all(b"half a line").expect("it stays in the buffer"),
        Some("atexit") => at_exit(blocks),
        Some("second") => {
            at_exit(blocks);
            thread::spawn(|| exit(3));
            IN_EXIT.wait();
        }
        other => panic!("no hazard {other:?}"),
    }
}

static IN_EXIT: Barrier = Barrier::new(2);

extern "C" fn blocks() {
    IN_EXIT.wait();
    block();
}

#[expect(unsafe_code, reason = "declares C's atexit, which std links anyway and does not offer")]
fn at_exit(function: extern "C" fn()) {
    // SAFETY: the declaration is C's. `atexit` only keeps the pointer, to a function that takes and returns nothing.
    unsafe extern "C" {
        safe fn atexit(function: extern "C" fn()) -> core::ffi::c_int;
    }
    assert_eq!(atexit(function), 0);
}
