//! How long it takes to plan with very many handlers.

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use graceful_benches::{Samples, goal};

const HANDLERS: i32 = 10_000;
const ROUNDS: usize = 51;

fn main() {
    println!("plan: graceful::plan(), with the sort, µs; median (quartiles) of {ROUNDS} runs\n");
    let late = registered();
    println!("  {HANDLERS} handlers registered at run time: {late}");
    let linked = linked();
    println!("  {HANDLERS} linked handlers: {linked}\n");
    let slowest = late.median().max(linked.median()) / 1e3;
    goal("10 000 handlers planned in under 10 ms", slowest < 10.0, format_args!("{slowest:.1} ms"));
}

fn registered() -> Samples {
    for number in 0..HANDLERS {
        // Scattered over a hundred groups, in no order.
        let scattered = number.wrapping_mul(7919) % HANDLERS;
        graceful::handler(format!("handler {scattered}"))
            .priority(scattered % 100)
            .timeout(Duration::from_millis(10))
            .register(|| async {})
            .expect("the shutdown has not begun");
    }
    let mut planned = Samples::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        assert_eq!(black_box(graceful::plan()).handlers().len(), HANDLERS.unsigned_abs() as usize);
        planned.push_micros(begin.elapsed());
    }
    planned
}

fn linked() -> Samples {
    let output = Command::new(env!("CARGO_BIN_EXE_plan_linked")).output().expect("the program starts");
    assert!(output.status.success(), "{}", output.status);
    let mut planned = Samples::new();
    for line in String::from_utf8(output.stdout).expect("numbers").lines() {
        let (count, micros) = line.split_once(' ').expect("two numbers");
        assert_eq!(count, HANDLERS.to_string());
        planned.push(micros.parse().expect("a number"));
    }
    planned
}
