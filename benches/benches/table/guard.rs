//! What it costs to take and drop a guard, on several threads at once.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::peer::{AsyncShutdown, ByHand, Drain, Peer, TokioGraceful, Tracker};
use tokio::runtime::Runtime;

use crate::contender::{GRACEFUL, SUBSYSTEMS};
use crate::rounds::{in_turn, rounds};
use crate::row::Row;

const TIME: Duration = Duration::from_secs(8);
const LEAST: usize = 15;
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

/// Of one processor, for one guard. With more threads than processors they take turns: so that they do, it takes longer.
fn nanoseconds(threads: usize, pairs: &(dyn Fn() + Sync)) -> f64 {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let time = Duration::from_millis(if threads > processors { 20 } else { 5 });
    let (begin, end) = (Barrier::new(threads + 1), AtomicBool::new(false));
    let per_second: f64 = thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    pairs();
                    begin.wait();
                    let since = Instant::now();
                    let mut done = 0;
                    while !end.load(Ordering::Relaxed) {
                        pairs();
                        done += PAIRS;
                    }
                    f64::from(done) / since.elapsed().as_secs_f64()
                })
            })
            .collect();
        begin.wait();
        thread::sleep(time);
        end.store(true, Ordering::Relaxed);
        running.into_iter().map(|thread| thread.join().expect("nothing in there panics")).sum()
    });
    threads.min(processors) as f64 * 1e9 / per_second
}
