//! The time to take and drop a guard, on one thread and on two at once.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::Unit;
use graceful_benches::peer::{AsyncShutdown, ByHand, Drain, Peer, TokioGraceful, Tracker};
use nix::sys::resource::{UsageWho, getrusage};
use tokio::runtime::Runtime;

use crate::contender::{ALL, SUBSYSTEMS};
use crate::rounds::{Rounds, in_turn};
use crate::row::Row;

const TIME: Duration = Duration::from_secs(8);
const MIN_ROUNDS: usize = 15;
/// How long the threads of one run take and drop guards.
const RUN_TIME: Duration = Duration::from_millis(2);
/// How often a disturbed run is repeated.
const MAX_ATTEMPTS: usize = 10;
/// The share of a run in which all threads must run.
const MIN_OVERLAP: f64 = 0.9;
/// Guards between two looks at the flag that ends the run.
const PAIRS: u32 = 64;

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
    [(1, "time to take and drop a guard, 1 thread"), (2, "time to take and drop a guard, 2 threads at once")]
        .into_iter()
        .map(|(threads, title)| row(rounds, threads, title, &contenders))
        .collect()
}

fn row(rounds: Rounds, threads: u32, title: &str, contenders: &[Option<Pairs<'_>>; ALL.len()]) -> Row {
    let mut row = Row::new(title, Unit::Seconds).without(SUBSYSTEMS, "no guards");
    let measured = row.contenders();
    rounds.run(title, TIME, MIN_ROUNDS, |round| {
        for which in in_turn(&measured, round) {
            if let Some(pairs) = &contenders[which] {
                row.push(which, undisturbed(threads, &**pairs));
            }
        }
    });
    row
}

#[inline]
fn pairs<G>(take: impl Fn() -> G) {
    for _ in 0..PAIRS {
        drop(black_box(take()));
    }
}

/// Seconds per guard. A run is repeated if another process interrupted it, or if its threads ran one after the other:
/// then they did not compete for a cache line.
fn undisturbed(threads: u32, pairs: &(dyn Fn() + Sync)) -> f64 {
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

fn run(threads: u32, pairs: &(dyn Fn() + Sync)) -> Run {
    let (barrier, over) = (Barrier::new(threads as usize + 1), AtomicBool::new(false));
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
        per_guard: time * f64::from(threads) / guards,
        disturbed: overlap < time * MIN_OVERLAP || ended.iter().any(|thread| thread.interrupted),
    }
}

/// How often the kernel took this thread's processor away.
fn interruptions() -> i64 {
    getrusage(UsageWho::RUSAGE_THREAD).expect("the figures of this thread").involuntary_context_switches()
}
