//! The end of the drain, each time in the shutdown of a new process: the time from the first dropped guard to the first
//! handler.

use std::process::Command;
use std::time::Duration;

use graceful_benches::{Samples, Unit};

use crate::contender::{ALL, SUBSYSTEMS};
use crate::rounds::{Rounds, in_turn};
use crate::row::Row;

const TIME: Duration = Duration::from_secs(15);

/// Plain tokio by hand, with a thread that waits for the end of the work and hands the handler over.
const SUPERVISED: usize = ALL.len();

pub(crate) fn rows(rounds: Rounds) -> Vec<Row> {
    let last = Row::new("time from the last guard's drop to the first handler", Unit::Seconds);
    let many = Row::new("time to drain 1 000 000 guards", Unit::Seconds);
    let many = many.without(SUBSYSTEMS, "no guards");
    let mut floor = Samples::new();
    let last = measure(rounds, last, "last", 101, Some(&mut floor));
    let compared = last.compared_with("supervisor by hand", floor, "the same, compared with a supervisor by hand");
    vec![last, compared, measure(rounds, many, "drain", 9, None)]
}

fn measure(rounds: Rounds, mut row: Row, argument: &str, min: usize, mut floor: Option<&mut Samples>) -> Row {
    let mut contenders = row.contenders();
    contenders.extend(floor.as_ref().map(|_| SUPERVISED));
    rounds.run(&row.title.clone(), TIME, min, |round| {
        for which in in_turn(&contenders, round) {
            match &mut floor {
                Some(floor) if which == SUPERVISED => {
                    floor.push(seconds(env!("CARGO_BIN_EXE_work_supervised"), argument))
                }
                _ => row.push(which, seconds(ALL[which].work, argument)),
            }
        }
    });
    row
}

fn seconds(program: &str, argument: &str) -> f64 {
    let output = Command::new(program).arg(argument).output().expect("the program starts");
    assert!(output.status.success(), "{program} {argument}: {}", output.status);
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number")
}
