//! What it costs to take and drop a guard, on several threads at once.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::peer::{AsyncShutdown, ByHand, Drain, Peer, TokioGraceful, Tracker};
use nix::sys::resource::{UsageWho, getrusage};
use tokio::runtime::Runtime;

use crate::contender::{GRACEFUL, SUBSYSTEMS};
use crate::rounds::{in_turn, rounds};
use crate::row::Row;

const TIME: Duration = Duration::from_secs(8);
const LEAST: usize = 15;
/// To measure without being interrupted.
const ATTEMPTS: usize = 10;
/// Between two looks at the clock's flag.
const PAIRS: u32 = 64;

type Pairs<'a> = Box<dyn Fn() + Sync + 'a>;

pub(crate) fn rows() -> Vec<Row> {
    let runtime = Runtime::new().expect("a runtime");
    let _entered = runtime.enter();
    let (by_hand, tracker, tokio_graceful, async_shutdown, drain) =
        (ByHand::start(), Tracker::start(), TokioGraceful::start(), AsyncShutdown::start(), Drain::start());
    let contenders: [Option<Pairs<'_>>; 7] = [
        Some(Box::new(|| pairs(graceful::try_track))),
        Some(Box::new(|| pairs(|| by_hand.guard()))),
        Some(Box::new(|| pairs(|| tracker.guard()))),
        None,
        Some(Box::new(|| pairs(|| tokio_graceful.guard()))),
        Some(Box::new(|| pairs(|| async_shutdown.guard()))),
        Some(Box::new(|| pairs(|| drain.guard()))),
    ];
    [1, 2, 4, 8].into_iter().map(|threads| row(threads, &contenders)).collect()
}

fn row(threads: usize, contenders: &[Option<Pairs<'_>>; 7]) -> Row {
    let plural = if threads == 1 { "" } else { "s" };
    let what = format!("a guard, {threads} thread{plural}");
    let mut row = Row::running(what.clone(), "ns", GRACEFUL).without(SUBSYSTEMS, "no guards: work is a subsystem");
    let measured = row.contenders();
    rounds(&what, TIME, LEAST, |round| {
        for which in in_turn(&measured, round) {
            if let Some(pairs) = &contenders[which] {
                row.push(which, nanoseconds(threads, &**pairs));
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

/// Of one processor, for one guard.
///
/// On a busy machine threads are interrupted, and don't meet on what they share. Where each can have a processor, that is
/// not what is asked: it is measured again, unless it comes to nothing time after time.
fn nanoseconds(threads: usize, pairs: &(dyn Fn() + Sync)) -> f64 {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    if threads > processors {
        // So long that they take turns.
        return at_once(threads, Duration::from_millis(20), pairs).0 * processors as f64;
    }
    let mut attempts = (0..ATTEMPTS).map(|_| at_once(threads, Duration::from_millis(1), pairs));
    let mut last = f64::NAN;
    let undisturbed = attempts.find_map(|(nanoseconds, interrupted)| {
        last = nanoseconds;
        (!interrupted).then_some(nanoseconds)
    });
    undisturbed.unwrap_or(last) * threads as f64
}

struct Run {
    done: u32,
    begin: Instant,
    end: Instant,
    interrupted: bool,
}

/// The nanoseconds from one guard to the next, of whichever thread, and whether a thread was interrupted.
fn at_once(threads: usize, time: Duration, pairs: &(dyn Fn() + Sync)) -> (f64, bool) {
    let (begin, end) = (Barrier::new(threads + 1), AtomicBool::new(false));
    let runs: Vec<Run> = thread::scope(|scope| {
        let run = || {
            pairs();
            begin.wait();
            let (begin, interruptions, mut done) = (Instant::now(), interruptions(), 0);
            while !end.load(Ordering::Relaxed) {
                pairs();
                done += PAIRS;
            }
            Run { done, begin, end: Instant::now(), interrupted: self::interruptions() > interruptions }
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        begin.wait();
        thread::sleep(time);
        end.store(true, Ordering::Relaxed);
        running.into_iter().map(|thread| thread.join().expect("nothing in there panics")).collect()
    });
    let (begin, end) = (runs.iter().map(|run| run.begin).min(), runs.iter().map(|run| run.end).max());
    let time = end.zip(begin).map_or(Duration::ZERO, |(end, begin)| end - begin);
    let done: f64 = runs.iter().map(|run| f64::from(run.done)).sum();
    (time.as_secs_f64() * 1e9 / done, runs.iter().any(|run| run.interrupted))
}

/// How often this thread had to make way for another. Waiting for a lock is not that.
fn interruptions() -> i64 {
    getrusage(UsageWho::RUSAGE_THREAD).expect("a thread has its figures").involuntary_context_switches()
}
