//! Whole processes: the time to start, the time to exit, and the memory in between.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::Unit;
use graceful_benches::work::TASKS;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::contender::{ALL, BY_HAND, FLOOR, GRACEFUL, LIBRARIES, SUBSYSTEMS, SUPERVISOR, program};
use crate::rounds::{MIN, Rounds, in_turn};
use crate::row::Row;

/// Time for every thread to finish its start, which would otherwise be measured as a part of the exit.
const SETTLE_TIME: Duration = Duration::from_millis(3);

pub(crate) fn idle(rounds: Rounds) -> Vec<Row> {
    let time = Duration::from_secs(25);
    let costs = Costs::new("idle", &everybody()).with_floor(SUPERVISOR).with_floor(LIBRARIES);
    let floors = [env!("CARGO_BIN_EXE_serve_supervised"), env!("CARGO_BIN_EXE_serve_libraries")];
    let Costs { start, mut exit, memory } = measure(rounds, "idle", time, costs, |which| {
        Command::new(ALL.get(which).map_or_else(|| floors[which - FLOOR], |contender| contender.serve))
    });
    exit.title.push_str(", 3 handlers in turn");
    vec![start, exit, memory]
}

pub(crate) fn tasks(rounds: Rounds) -> Vec<Row> {
    const { assert!(TASKS == 10_000) };
    let time = Duration::from_secs(20);
    let costs = Costs::new("10 000 tasks", &everybody());
    let Costs { start, exit, memory } = measure(rounds, "10 000 tasks", time, costs, |which| work(which, "tasks"));
    vec![start, exit, memory]
}

pub(crate) fn handlers(rounds: Rounds) -> Vec<Row> {
    let measure = |condition, graceful: &str, argument: &str| {
        let costs = Costs::new(condition, &[BY_HAND, GRACEFUL, SUBSYSTEMS]).with_floor(SUPERVISOR);
        measure(rounds, condition, Duration::from_secs(8), costs, |which| match which {
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
    let mut command = Command::new(program(which));
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

    fn with_floor(self, name: &'static str) -> Self {
        let Self { start, exit, memory } = self;
        let [start, exit, memory] = [start, exit, memory].map(|row| row.with_floor(name));
        Self { start, exit, memory }
    }

    fn push(&mut self, which: usize, run: &Run) {
        self.start.push(which, run.start.as_secs_f64());
        self.exit.push(which, run.exit.as_secs_f64());
        self.memory.push(which, run.memory);
    }
}

/// Runs each of the programs once per round, and records the run.
fn measure(
    rounds: Rounds,
    condition: &str,
    time: Duration,
    mut costs: Costs,
    program: impl Fn(usize) -> Command,
) -> Costs {
    let programs = costs.start.measured();
    // The first runs read the programs from the disk.
    for &which in &programs {
        run(program(which));
    }
    rounds.run(condition, time, MIN, |round| {
        for which in in_turn(&programs, round) {
            costs.push(which, &run(program(which)));
        }
    });
    costs
}

struct Run {
    start: Duration,
    exit: Duration,
    /// The peak until SIGTERM, in bytes.
    memory: f64,
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
