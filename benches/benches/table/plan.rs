//! The time that a plan with many handlers takes. Only graceful has plans.

use std::process::Command;

use graceful_benches::Unit;

use crate::contender::{ALL, GRACEFUL};
use crate::row::Row;

pub(crate) fn row() -> Row {
    let mut row = Row::new("time of graceful::plan(), 10 000 handlers", Unit::Seconds);
    for which in (0..ALL.len()).filter(|&which| which != GRACEFUL) {
        row = row.without(which, "no plan");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_handlers_10000")).arg("plan").output().expect("the program starts");
    assert!(output.status.success(), "{}", output.status);
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (count, seconds) = line.split_once(' ').expect("two numbers");
        assert_eq!(count, "10000");
        row.push(GRACEFUL, seconds.parse().expect("a number"));
    }
    row
}
