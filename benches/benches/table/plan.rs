//! How long it takes to plan with very many handlers. Nobody else has a plan.

use std::process::Command;

use crate::contender::{ALL, GRACEFUL};
use crate::row::Row;

pub(crate) fn rows() -> Vec<Row> {
    let mut row = Row::running("graceful::plan(), 10 000 linked handlers", "µs", GRACEFUL);
    for which in (0..ALL.len()).filter(|&which| which != GRACEFUL) {
        row = row.without(which, "no plan");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_handlers_10000")).arg("plan").output().expect("the program starts");
    assert!(output.status.success(), "{}", output.status);
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (count, micros) = line.split_once(' ').expect("two numbers");
        assert_eq!(count, "10000");
        row.push(GRACEFUL, micros.parse().expect("a number"));
    }
    vec![row]
}
