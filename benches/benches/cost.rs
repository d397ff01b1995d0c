//! What `#[graceful::main]` costs a program: at its start, at its end, in memory.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::{Samples, goal};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use wait4::Wait4;

const ROUNDS: usize = 400;
const WARM_UP: usize = 20;

/// A moment for the start-up to be over in every thread, so that it isn't measured as a part of the end.
const SETTLE: Duration = Duration::from_millis(3);

#[derive(Default)]
struct Cost {
    first_line: Samples,
    armed: Samples,
    end: Samples,
    memory: Samples,
}

fn main() {
    let programs = [env!("CARGO_BIN_EXE_cost_tokio"), env!("CARGO_BIN_EXE_cost_graceful")];
    let mut costs = [Cost::default(), Cost::default()];
    programs.iter().cycle().take(2 * WARM_UP).for_each(|program| run(program, &mut Cost::default()));
    for round in 0..ROUNDS {
        // Each is first in half of the rounds.
        for which in [round % 2, 1 - round % 2] {
            run(programs[which], &mut costs[which]);
        }
    }

    let [tokio, graceful] = costs;
    println!("cost: {ROUNDS} interleaved runs of each program; median (quartiles)\n");
    let (by_hand, macros, ratio) = ("#[tokio::main] by hand", "#[graceful::main]", "ratio (of lower quartiles)");
    println!("  {:<32} {by_hand:>26} {macros:>26}  {ratio}", "");
    for (what, tokio, graceful) in [
        ("spawn to main's first line, µs", &tokio.first_line, &graceful.first_line),
        ("spawn to signals armed, µs", &tokio.armed, &graceful.armed),
        ("SIGTERM to reaped, µs", &tokio.end, &graceful.end),
        ("peak memory, KiB", &tokio.memory, &graceful.memory),
    ] {
        let ratio = graceful.median() / tokio.median();
        let undisturbed = graceful.quantile(0.25) / tokio.quantile(0.25);
        println!("  {what:<32} {tokio:>26} {graceful:>26}  {ratio:.2} ({undisturbed:.2})");
    }
    println!();
    let start = graceful.first_line.median() / tokio.first_line.median();
    goal("start at most 1.1 times", start <= 1.1, format_args!("{start:.2}"));
    let end = graceful.end.median() / tokio.end.median();
    goal("end at most 1.1 times", end <= 1.1, format_args!("{end:.2}"));
    let more = graceful.memory.median() - tokio.memory.median();
    goal("at most 1024 KiB more memory", more <= 1024.0, format_args!("{more:.0} KiB"));
}

fn run(program: &str, cost: &mut Cost) {
    let begin = Instant::now();
    let mut child = start(program);
    let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped"));
    expect(&mut lines, "up");
    cost.first_line.push_micros(begin.elapsed());
    expect(&mut lines, "armed");
    cost.armed.push_micros(begin.elapsed());
    thread::sleep(SETTLE);

    let begin = Instant::now();
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).expect("the program runs");
    let used = child.wait4().expect("the program ends");
    cost.end.push_micros(begin.elapsed());
    assert!(used.status.success(), "{program}: {}", used.status);
    cost.memory.push(used.rusage.maxrss as f64 / 1024.0);
    for handler in ["workers", "cache", "database"] {
        expect(&mut lines, handler);
    }
}

fn start(program: &str) -> Child {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program starts")
}

fn expect(lines: &mut BufReader<ChildStdout>, expected: &str) {
    let mut line = String::new();
    lines.read_line(&mut line).expect("the program's output");
    assert_eq!(line.trim_end(), expected);
}
