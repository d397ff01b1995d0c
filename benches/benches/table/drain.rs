//! The end of the drain, each time in the shutdown of a new process: the time from the first dropped guard to the first
//! handler.

use std::process::Command;
use std::time::Duration;

use graceful_benches::Unit;

use crate::contender::{SUBSYSTEMS, SUPERVISOR, program};
use crate::rounds::{MIN, Rounds, in_turn};
use crate::row::Row;

const TIME: Duration = Duration::from_secs(15);

pub(crate) fn rows(rounds: Rounds) -> Vec<Row> {
    let last = Row::new("time from the last guard's drop to the first handler", Unit::Seconds);
    let many = Row::new("time to drain 1 000 000 guards", Unit::Seconds);
    let many = many.without(SUBSYSTEMS, "no guards");
    vec![measure(rounds, last.with_floor(SUPERVISOR), "last"), measure(rounds, many, "drain")]
}

fn measure(rounds: Rounds, mut row: Row, argument: &str) -> Row {
    let measured = row.measured();
    rounds.run(&row.title.clone(), TIME, MIN, |round| {
        for which in in_turn(&measured, round) {
            row.push(which, seconds(program(which), argument));
        }
    });
    row
}

fn seconds(program: &str, argument: &str) -> f64 {
    let output = Command::new(program).arg(argument).output().expect("the program starts");
    assert!(output.status.success(), "{program} {argument}: {}", output.status);
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number")
}
