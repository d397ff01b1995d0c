//! The end of the drain, in a real shutdown each time: how long after work in flight begins to end the first handler runs.

use std::process::Command;
use std::time::Duration;

use crate::contender::{ALL, GRACEFUL, SUBSYSTEMS};
use crate::rounds::{in_turn, rounds};
use crate::row::Row;

pub(crate) fn rows() -> Vec<Row> {
    let many = Row::running("the drain of 1 000 000 guards", "ms", GRACEFUL);
    let many = many.without(SUBSYSTEMS, "no guards: work is a subsystem");
    let last = Row::running("last guard dropped → first handler runs", "µs", GRACEFUL);
    vec![
        measure(many, "drain", 1e6, (Duration::from_secs(15), 9)),
        measure(last, "last", 1e3, (Duration::from_secs(15), 51)),
    ]
}

fn measure(mut row: Row, what: &str, unit: f64, (time, least): (Duration, usize)) -> Row {
    let contenders = row.contenders();
    rounds(&row.what.clone(), time, least, |round| {
        for which in in_turn(&contenders, round) {
            row.push(which, nanoseconds(which, what) / unit);
        }
    });
    row
}

fn nanoseconds(which: usize, what: &str) -> f64 {
    let output = program(which, what).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{} {what}: {}", ALL[which].name, output.status);
    said.trim().parse().expect("a number")
}

/// The program that has this to do with that crate.
pub(crate) fn program(which: usize, what: &str) -> Command {
    if which == GRACEFUL {
        let mut command = Command::new(env!("CARGO_BIN_EXE_work_graceful"));
        command.arg(what);
        return command;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_peers"));
    command.args([ALL[which].key, what]);
    command
}
