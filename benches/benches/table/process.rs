//! Whole processes: the time to start, the time to exit, and the memory in between.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::work::TASKS;
use graceful_benches::{Samples, Unit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::contender::{ALL, BY_HAND, GRACEFUL, SUBSYSTEMS};
use crate::rounds::{Rounds, in_turn};
use crate::row::Row;

/// Time for every thread to finish its start, which would otherwise be measured as a part of the exit.
const SETTLE_TIME: Duration = Duration::from_millis(3);

pub(crate) fn idle(rounds: Rounds) -> Vec<Row> {
    /// Plain tokio by hand, with a thread that ends the process when the runtime is blocked.
    const SUPERVISED: usize = ALL.len();
    let limits = (Duration::from_secs(25), 51);
    let programs: Vec<_> = (0..=SUPERVISED).collect();
    let mut floors = [const { Samples::new() }; 3];
    let mut costs = Costs::new("idle", &everybody());
    let program = |which| match which {
        SUPERVISED => Command::new(env!("CARGO_BIN_EXE_serve_supervised")),
        _ => Command::new(ALL[which].serve),
    };
    run_in_turn(rounds, "idle", limits, &programs, program, |which, run| match which {
        SUPERVISED => floors.iter_mut().zip(run.samples()).for_each(|(floor, sample)| floor.push(sample)),
        _ => costs.push(which, run),
    });
    costs.exit.title.push_str(", 3 handlers in turn");
    let rows = [costs.start, costs.exit, costs.memory].into_iter().zip(floors);
    let compared = rows.map(|(row, floor)| {
        let title = "the same, compared with a supervisor by hand";
        let compared = row.compared_with("supervisor by hand", floor, title);
        [row, compared]
    });
    compared.flatten().collect()
}

pub(crate) fn tasks(rounds: Rounds) -> Vec<Row> {
    const { assert!(TASKS == 10_000) };
    let limits = (Duration::from_secs(20), 15);
    let program = |which: usize| work(which, "tasks");
    let Costs { start, exit, memory } = measure(rounds, "10 000 tasks", limits, &everybody(), program);
    vec![start, exit, memory]
}

pub(crate) fn handlers(rounds: Rounds) -> Vec<Row> {
    let measure = |condition, graceful: &str, argument: &str| {
        let contenders = [BY_HAND, GRACEFUL, SUBSYSTEMS];
        measure(rounds, condition, (Duration::from_secs(8), 21), &contenders, |which| match which {
            GRACEFUL => Command::new(graceful),
            _ => work(which, argument),
        })
    };
    let three = measure("3 handlers at once", env!("CARGO_BIN_EXE_handlers_3"), "handlers-3");
    let hundred = measure("100 handlers at once", env!("CARGO_BIN_EXE_handlers_100"), "handlers-100");
    let many = measure("10 000 handlers", env!("CARGO_BIN_EXE_handlers_10000"), "handlers-10000");
    // The start and the memory of a few handlers are those of the idle service.
    vec![three.exit, hundred.exit, many.exit, many.start, many.memory]
}

fn everybody() -> Vec<usize> {
    (0..ALL.len()).collect()
}

fn work(which: usize, argument: &str) -> Command {
    let mut command = Command::new(ALL[which].work);
    command.arg(argument);
    command
}

/// One row of each kind.
struct Costs {
    start: Row,
    exit: Row,
    memory: Row,
}

impl Costs {
    fn new(condition: &str, contenders: &[usize]) -> Self {
        let row = |title: &str, unit| {
            let row = Row::new(format!("{title}, {condition}"), unit);
            let missing = (0..ALL.len()).filter(|which| !contenders.contains(which));
            missing.fold(row, |row, which| row.without(which, "no handlers"))
        };
        Self {
            start: row("time to start (until SIGTERM is safe)", Unit::Seconds),
            exit: row("time to exit after SIGTERM", Unit::Seconds),
            memory: row("peak memory", Unit::Bytes),
        }
    }

    fn push(&mut self, which: usize, run: &Run) {
        for (row, sample) in [&mut self.start, &mut self.exit, &mut self.memory].into_iter().zip(run.samples()) {
            row.push(which, sample);
        }
    }
}

fn measure(
    rounds: Rounds,
    condition: &str,
    limits: (Duration, usize),
    contenders: &[usize],
    program: impl Fn(usize) -> Command,
) -> Costs {
    let mut costs = Costs::new(condition, contenders);
    run_in_turn(rounds, condition, limits, contenders, program, |which, run| costs.push(which, run));
    costs
}

/// Runs each of the programs once per round, and records the run.
fn run_in_turn(
    rounds: Rounds,
    condition: &str,
    (time, min): (Duration, usize),
    programs: &[usize],
    program: impl Fn(usize) -> Command,
    mut record: impl FnMut(usize, &Run),
) {
    // The first runs read the programs from the disk.
    for &which in programs {
        run(program(which));
    }
    rounds.run(condition, time, min, |round| {
        for which in in_turn(programs, round) {
            record(which, &run(program(which)));
        }
    });
}

struct Run {
    start: Duration,
    exit: Duration,
    /// The peak until SIGTERM, in bytes.
    memory: f64,
}

impl Run {
    /// In the order of the rows.
    fn samples(&self) -> [f64; 3] {
        [self.start.as_secs_f64(), self.exit.as_secs_f64(), self.memory]
    }
}

fn run(mut command: Command) -> Run {
    let begin = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut output = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("the program's output");
    let start = begin.elapsed();
    assert_eq!(line, "SIGTERM is safe\n", "{command:?}");
    let status = Status::of(child.id());
    assert!(status.handles(Signal::SIGTERM), "{command:?} does not handle SIGTERM yet");
    thread::sleep(SETTLE_TIME);
    let memory = Status::of(child.id()).peak_memory();

    let begin = Instant::now();
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).expect("the program runs");
    let status = child.wait().expect("the program ends");
    let exit = begin.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    output.read_to_string(&mut line).expect("the program's output");
    Run { start, exit, memory }
}

/// `/proc/PID/status`.
struct Status(String);

impl Status {
    fn of(process: u32) -> Self {
        Self(std::fs::read_to_string(format!("/proc/{process}/status")).expect("the program runs"))
    }

    fn field(&self, name: &str) -> &str {
        let field = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        field.expect("the kernel has this field").trim()
    }

    fn handles(&self, signal: Signal) -> bool {
        let caught = u64::from_str_radix(self.field("SigCgt"), 16).expect("a mask");
        caught & (1 << (signal as u32 - 1)) != 0
    }

    /// In bytes. The figure of `wait4` would include this process, from which the program was forked.
    fn peak_memory(&self) -> f64 {
        let kibibytes = self.field("VmHWM").trim_end_matches(" kB");
        kibibytes.parse::<f64>().expect("a number") * 1024.0
    }
}
