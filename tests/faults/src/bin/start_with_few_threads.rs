//! A program whose user may have as many threads as its first argument says. The second one is the kind of main.

use std::env;

use graceful_process_tests::inside::say;

#[path = "subject/starve.rs"]
#[allow(dead_code, unused_imports, reason = "the other program takes more from itself")]
mod starve;

/// A main of some kind.
macro_rules! mains {
    ($($name:ident: [$($keys:tt)*] [$($main:tt)*]),+ $(,)?) => {$(
        mod $name {
            #[graceful::main(plan_test = false, $($keys)*)]
            pub(super) $($main)* main() {
                super::say("main");
            }
        }
    )+};
}

mains! {
    multi_thread: [worker_threads = 2] [async fn],
    current_thread: [flavor = "current_thread"] [async fn],
    local: [flavor = "local"] [async fn],
    plain: [worker_threads = 2] [fn],
    plain_current_thread: [flavor = "current_thread"] [fn],
}

fn main() {
    let mut arguments = env::args().skip(1);
    let threads = arguments.next().and_then(|number| number.parse().ok()).expect("a number of threads");
    let kind = arguments.next().expect("a kind of main");
    starve::threads(threads);
    match &*kind {
        "multi_thread" => multi_thread::main(),
        "current_thread" => current_thread::main(),
        "local" => local::main(),
        "plain" => plain::main(),
        "plain_current_thread" => plain_current_thread::main(),
        _ => panic!("no main is `{kind}`"),
    }
}
