//! Simulated platforms: a program whose file has no error is never killed.
//!
//! A file is drawn together with what its platform makes of it, so that nothing is read back.

mod draw;

use proptest::prelude::*;

use crate::cases::{fixed_runner, random_runner};
use crate::platform::{Drawn, never_killed};

const CASES: u32 = 600;

/// Runs the same cases each time, enough of which reach the promise, and then others.
fn check(drawn: &impl Strategy<Value = Drawn>) {
    let [reached, _] = never_killed(&mut fixed_runner(CASES), drawn, None);
    assert!(reached > CASES / 10, "{reached}");
    never_killed(&mut random_runner(CASES), drawn, None);
}

#[test]
fn of_systemd() {
    check(&draw::unit());
}

#[test]
fn of_a_dockerfile() {
    check(&draw::dockerfile());
}

#[test]
fn of_fly() {
    check(&draw::fly());
}

#[test]
fn of_nomad() {
    check(&draw::nomad());
}
