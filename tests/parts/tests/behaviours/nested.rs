//! Parts in parts, which end while the rest continues.

use super::{in_order, interrupted};

#[test]
fn the_inner_part_ends_first() {
    let ended = interrupted("nested", "two started");
    ended.exits_with(0);
    in_order(&ended, &["two stopping", "two stopped", "one/two ended", "one stopped", "one ended"]);
    in_order(&ended, &["one started", "one stopping", "one/two ended"]);
}

#[test]
fn a_part_ends_while_the_rest_continues() {
    let ended = interrupted("partial", "nested ended, clean: true");
    ended.exits_with(0);
    for part in ["two stopped", "three stopped"] {
        in_order(&ended, &["one stops the nested parts", part, "nested ended, clean: true", "one stopped"]);
    }
}

#[test]
fn an_error_of_a_part_that_ends_goes_to_who_ends_it() {
    let ended = interrupted("partial_error", "nested parts ended");
    let error = "task `three` of scope `nested/inner` panicked: three panicked on purpose";
    // It is not the reason for the shutdown, so it does not change the exit code.
    ended.exits_with(0);
    in_order(&ended, &["one stops the nested parts", error, "nested parts ended", "one stopped"]);
    in_order(&ended, &["two stopped", "nested parts ended"]);
}

#[test]
fn a_part_that_is_stuck_is_aborted_with_the_part_in_it() {
    let ended = interrupted("abort", "aborted: 2");
    ended.exits_with(0);
    assert_eq!(ended.stdout[ended.position("aborted: 2")..], ["aborted: 2", "stopping"], "{ended}");
}
