//! Parts that end one after another, and work until it is their turn.

use super::{in_order, interrupted};

const ORDER: [&str; 7] =
    ["one stopping", "one stopped", "two stopping", "two stopped", "three stopping", "three stopped", "root stopped"];

#[track_caller]
fn ends_in_order(program: &str) {
    let ended = interrupted(program, "three: 1");
    ended.exits_with(0);
    in_order(&ended, &ORDER);
    let after = &ended.stdout[ended.position("one stopping")..];
    for part in ["two: ", "three: "] {
        assert!(after.iter().any(|line| line.starts_with(part)), "`{part}` has not waited for its turn\n{ended}");
    }
}

#[test]
fn parts_end_one_after_another() {
    ends_in_order("sequential");
}

#[test]
fn a_part_decides_in_which_order_its_parts_end() {
    ends_in_order("orchestrated");
}
