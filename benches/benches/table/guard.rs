//! The time to take and drop a guard, on one thread and on several at once, and the least that it can take.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::Unit;
use graceful_benches::peer::{AsyncShutdown, ByHand, Drain, Peer, TokioGraceful, Tracker};
use nix::sys::resource::{UsageWho, getrusage};
use tokio::runtime::Runtime;

use crate::contender::{ALL, FLOOR, SUBSYSTEMS};
use crate::rounds::{MIN, Rounds, in_turn};
use crate::row::Row;

const TIME: Duration = Duration::from_secs(8);
/// How long the threads of one run take and drop guards.
const RUN_TIME: Duration = Duration::from_millis(2);
/// How often a disturbed run is repeated.
const MAX_ATTEMPTS: usize = 10;
/// The share of a run in which all threads must run.
const MIN_OVERLAP: f64 = 0.9;
/// Guards between two looks at the flag that ends the run.
const PAIRS: u32 = 64;
/// As far as the machine has processors. Two threads compete on any machine.
const THREADS: [usize; 4] = [1, 2, 4, 8];

type Pairs<'a> = Box<dyn Fn() + Sync + 'a>;

pub(crate) fn rows(rounds: Rounds) -> Vec<Row> {
    let runtime = Runtime::new().expect("a runtime");
    let _entered = runtime.enter();
    let (by_hand, tracker, tokio_graceful, async_shutdown, drain) =
        (ByHand::start(), Tracker::start(), TokioGraceful::start(), AsyncShutdown::start(), Drain::start());
    let contenders: [Option<Pairs<'_>>; ALL.len()] = [
        Some(Box::new(|| pairs(|| by_hand.guard()))),
        Some(Box::new(|| pairs(graceful::try_track))),
        Some(Box::new(|| pairs(|| tracker.guard()))),
        None,
        Some(Box::new(|| pairs(|| tokio_graceful.guard()))),
        Some(Box::new(|| pairs(|| async_shutdown.guard()))),
        Some(Box::new(|| pairs(|| drain.guard()))),
    ];
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let threads = THREADS.into_iter().filter(|&threads| threads <= processors.max(2));
    threads.map(|threads| measure(rounds, threads, &contenders)).collect()
}

fn measure(rounds: Rounds, threads: usize, contenders: &[Option<Pairs<'_>>; ALL.len()]) -> Row {
    let at_once = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads at once") };
    let mut row = Row::new(format!("time to take and drop a guard, {at_once}"), Unit::Seconds)
        .without(SUBSYSTEMS, "no guards")
        .with_floor("floor");
    let measured = row.measured();
    rounds.run(&row.title.clone(), TIME, MIN, |round| {
        for which in in_turn(&measured, round) {
            if which == FLOOR {
                row.push(which, undisturbed(threads, &floor));
            } else if let Some(pairs) = &contenders[which] {
                row.push(which, undisturbed(threads, &**pairs));
            }
        }
    });
    row
}

/// The least that counts a guard: an addition and a subtraction on a cache line that no other thread uses.
fn floor() {
    #[repr(align(128))]
    struct Line(AtomicUsize);
    let line = Line(AtomicUsize::new(0));
    let count = black_box(&line.0);
    for _ in 0..PAIRS {
        count.fetch_add(1, Ordering::Relaxed);
        count.fetch_sub(1, Ordering::Release);
    }
}

#[inline]
fn pairs<G>(take: impl Fn() -> G) {
    for _ in 0..PAIRS {
        drop(black_box(take()));
    }
}

/// Seconds per guard. A run is repeated if another process interrupted it, or if its threads ran one after the other:
/// then they did not compete for a cache line.
fn undisturbed(threads: usize, pairs: &(dyn Fn() + Sync)) -> f64 {
    let mut last = f64::NAN;
    for _ in 0..MAX_ATTEMPTS {
        let run = run(threads, pairs);
        last = run.per_guard;
        if !run.disturbed {
            break;
        }
    }
    last
}

struct Run {
    /// Seconds of one thread.
    per_guard: f64,
    disturbed: bool,
}

struct Thread {
    guards: u32,
    begin: Instant,
    end: Instant,
    interrupted: bool,
}

fn run(threads: usize, pairs: &(dyn Fn() + Sync)) -> Run {
    let (barrier, over) = (Barrier::new(threads + 1), AtomicBool::new(false));
    let ended: Vec<Thread> = thread::scope(|scope| {
        let run = || {
            pairs();
            barrier.wait();
            let (begin, interruptions_before, mut guards) = (Instant::now(), interruptions(), 0);
            while !over.load(Ordering::Relaxed) {
                pairs();
                guards += PAIRS;
            }
            Thread { guards, begin, end: Instant::now(), interrupted: interruptions() > interruptions_before }
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        barrier.wait();
        thread::sleep(RUN_TIME);
        over.store(true, Ordering::Relaxed);
        running.into_iter().map(|thread| thread.join().expect("it does not panic")).collect()
    });
    let begin = ended.iter().map(|thread| thread.begin);
    let end = ended.iter().map(|thread| thread.end);
    let seconds = |begin: Option<Instant>, end: Option<Instant>| {
        end.zip(begin).map_or(0.0, |(end, begin)| end.saturating_duration_since(begin).as_secs_f64())
    };
    let time = seconds(begin.clone().min(), end.clone().max());
    let overlap = seconds(begin.max(), end.min());
    let guards: f64 = ended.iter().map(|thread| f64::from(thread.guards)).sum();
    Run {
        per_guard: time * threads as f64 / guards,
        disturbed: overlap < time * MIN_OVERLAP || ended.iter().any(|thread| thread.interrupted),
    }
}

/// How often the kernel took this thread's processor away.
fn interruptions() -> i64 {
    getrusage(UsageWho::RUSAGE_THREAD).expect("the figures of this thread").involuntary_context_switches()
}
