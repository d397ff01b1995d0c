//! Whole processes: from their start to main's first line, from SIGTERM to their end, and the memory between.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::work::TASKS;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::contender::{ALL, BY_HAND, GRACEFUL, SUBSYSTEMS};
use crate::rounds::{in_turn, rounds};
use crate::row::Row;
use crate::when_drained::program;

/// A moment for the start to be over in every thread, so that it isn't measured as a part of the end.
const SETTLE: Duration = Duration::from_millis(3);

const NO_HANDLERS: &str = "no handlers";

pub(crate) fn rows() -> Vec<Row> {
    let idle =
        Of { start: "spawn → main's first line", end: "SIGTERM → reaped, idle", memory: "peak memory, idle" };
    let mut rows = measure(&idle, everybody(), (Duration::from_secs(25), 51), |which| Command::new(ALL[which].serve));
    let what = [
        "spawn → 10 000 tracked tasks run",
        "SIGTERM → reaped, 10 000 tracked tasks",
        "peak memory, 10 000 tracked tasks",
    ];
    debug_assert_eq!(TASKS, 10_000);
    let [start, end, memory] = what;
    let tasks = Of { start, end, memory };
    rows.extend(measure(&tasks, everybody(), (Duration::from_secs(20), 15), |which| program(which, "tasks")));
    for (handlers, graceful) in [
        ("3", env!("CARGO_BIN_EXE_handlers_3")),
        ("100", env!("CARGO_BIN_EXE_handlers_100")),
        ("10000", env!("CARGO_BIN_EXE_handlers_10000")),
    ] {
        let many = if handlers == "10000" { "10 000" } else { handlers };
        let [start, end, memory] = [
            format!("spawn → main's first line, {many} handlers"),
            format!("SIGTERM → reaped, {many} handlers"),
            format!("peak memory, {many} handlers"),
        ];
        let of = Of { start: &start, end: &end, memory: &memory };
        let with_handlers = vec![GRACEFUL, BY_HAND, SUBSYSTEMS];
        rows.extend(measure(&of, with_handlers, (Duration::from_secs(8), 21), |which| match which {
            GRACEFUL => Command::new(graceful),
            _ => program(which, &format!("handlers-{handlers}")),
        }));
    }
    rows
}

fn everybody() -> Vec<usize> {
    (0..ALL.len()).collect()
}

/// What the rows are called.
struct Of<'a> {
    start: &'a str,
    end: &'a str,
    memory: &'a str,
}

fn measure(
    of: &Of<'_>,
    contenders: Vec<usize>,
    (time, least): (Duration, usize),
    program: impl Fn(usize) -> Command,
) -> Vec<Row> {
    let row = |what: &str, unit| {
        let row = Row::running(what, unit, BY_HAND);
        (0..ALL.len())
            .filter(|which| !contenders.contains(which))
            .fold(row, |row, which| row.without(which, NO_HANDLERS))
    };
    let mut start = row(of.start, "µs");
    let mut end = row(of.end, "µs");
    let mut memory = row(of.memory, "KiB");
    // The first ones bring the programs into memory.
    for &which in &contenders {
        run(program(which));
    }
    rounds(of.end, time, least, |round| {
        for which in in_turn(&contenders, round) {
            let cost = run(program(which));
            start.push(which, cost.start.as_secs_f64() * 1e6);
            end.push(which, cost.end.as_secs_f64() * 1e6);
            memory.push(which, cost.memory);
        }
    });
    vec![start, end, memory]
}

struct Cost {
    start: Duration,
    end: Duration,
    /// The most until SIGTERM, in KiB.
    memory: f64,
}

fn run(mut command: Command) -> Cost {
    let begin = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut output = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("the program's output");
    let start = begin.elapsed();
    // Some hear no signals before that.
    output.read_line(&mut line).expect("the program's output");
    assert_eq!(line, "up\narmed\n", "{command:?}");
    thread::sleep(SETTLE);
    let memory = peak_memory(child.id());

    let begin = Instant::now();
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).expect("the program runs");
    let status = child.wait().expect("the program ends");
    let end = begin.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    output.read_to_string(&mut line).expect("the program's output");
    Cost { start, end, memory }
}

/// Not what `wait4` says: that counts what this process had when it started the other.
fn peak_memory(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the program runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")?.trim().parse().ok());
    peak.expect("a number of kilobytes")
}
