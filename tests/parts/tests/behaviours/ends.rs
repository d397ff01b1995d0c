//! Parts that end by themselves, or when the service does.

use std::time::Duration;

use super::{in_order, interrupted, start};

#[test]
fn parts_end_when_the_service_does() {
    let ended = interrupted("normal", "two started");
    ended.exits_with(0);
    in_order(&ended, &["one started", "one stopping", "one stopped"]);
    in_order(&ended, &["two started", "two stopping", "two stopped"]);
}

#[test]
fn parts_have_arguments() {
    let ended = interrupted("structs", "two started with 69");
    ended.exits_with(0);
    in_order(&ended, &["one started with 42", "one stopping", "one stopped"]);
    in_order(&ended, &["two started with 69", "two stopping", "two stopped"]);
}

#[test]
fn a_part_that_takes_too_long_is_cancelled() {
    let ended = interrupted("timeout", "slow started");
    ended.exits_with(1).says(&["slow started", "slow stopping"]).took_less_than(Duration::from_secs(10));
    ended.stderr_has("abandoned: task `slow`");
}

#[test]
fn a_part_may_end_while_the_service_continues() {
    let ended = interrupted("finished", "one: Ok(Ok(()))");
    ended.exits_with(0);
    // The signal is the reason for the shutdown, and not the end of the part.
    in_order(&ended, &["one started", "one: Ok(Ok(()))", "SIGINT"]);
    in_order(&ended, &["one: Ok(Ok(()))", "two stopped"]);
}

#[test]
fn the_drain_cancels_a_future() {
    let ended = interrupted("cancellation", "countdown: 59");
    ended.exits_with(0).took_less_than(Duration::from_secs(10));
    in_order(&ended, &["countdown: 59", "countdown cancelled"]);
}

#[test]
fn a_part_starts_the_shutdown() {
    let ended = start("request").end();
    ended.exits_with(0).says(&[
        "shutting down in 3",
        "shutting down in 2",
        "shutting down in 1",
        "a request of the program",
    ]);
}
