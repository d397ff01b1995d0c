//! What it costs to count work in flight, against tokio-util's tracker and against the bare instructions.

use std::hint::{self, black_box};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::{Samples, goal};
use nix::time::{ClockId, clock_gettime};
use tokio_util::task::TaskTracker;

const ROUNDS: usize = 1001;
/// In one round: a fraction of a millisecond, so that not all of them are interrupted.
const PAIRS: u32 = 50_000;
const DRAINED: usize = 100_000;

const KINDS: [(&str, Kind); 4] = [
    ("bare fetch_add + fetch_sub, own line", bare),
    ("graceful::try_track + drop", try_track),
    ("graceful::track + drop", track),
    ("TaskTracker::token + drop", token),
];

/// Takes and drops `PAIRS` guards.
type Kind = fn(&Shared, thread: usize);

struct Shared {
    lines: [Line; 2],
    tracker: TaskTracker,
}

#[repr(align(128))]
struct Line(AtomicUsize);

fn main() {
    println!("guard: nanoseconds for taking and dropping one; median (quartiles) of {ROUNDS} interleaved rounds\n");
    println!("  {:<38} {:>22} {:>22}", "", "1 thread", "2 threads, each");
    let one = measure::<1>();
    let two = measure::<2>();
    for (((what, _), one), two) in KINDS.iter().zip(&one).zip(&two) {
        println!("  {what:<38} {one:>22} {two:>22}");
    }
    let [bare, try_track, _, token] = &one;
    let counted = two.each_ref().map(Samples::len);
    println!("\n  Undisturbed rounds with 2 threads: {counted:?}.\n");
    let times = token.median() / try_track.median();
    goal("1.5 times as fast as TaskTracker on 1 thread", times >= 1.5, format_args!("{times:.2}"));
    let times = two[3].median() / two[1].median();
    goal("8 times as fast as TaskTracker on 2 threads", times >= 8.0, format_args!("{times:.2}"));
    let times = try_track.median() / bare.median();
    goal("at most 1.5 times the bare pair", times <= 1.5, format_args!("{times:.2}"));

    in_flight();
    drain();
}

/// Rounds in which a thread was interrupted, or had the line to itself, don't count: on a busy machine that is most of
/// them.
fn measure<const THREADS: usize>() -> [Samples; KINDS.len()] {
    let shared = Shared { lines: [const { Line(AtomicUsize::new(0)) }; 2], tracker: TaskTracker::new() };
    let mut samples = [const { Samples::new() }; KINDS.len()];
    for _ in 0..ROUNDS {
        for ((_, kind), samples) in KINDS.iter().zip(&mut samples) {
            let runs = at_once::<THREADS>(&shared, *kind);
            if undisturbed(&runs) {
                samples.push(runs[0].wall().as_secs_f64() * 1e9 / f64::from(PAIRS));
            }
        }
    }
    samples
}

#[derive(Clone, Copy)]
struct Run {
    begin: Instant,
    end: Instant,
    /// What of that time the thread had a processor.
    processor: Duration,
}

impl Run {
    fn wall(&self) -> Duration {
        self.end - self.begin
    }
}

fn at_once<const THREADS: usize>(shared: &Shared, kind: Kind) -> [Run; THREADS] {
    let waiting = AtomicUsize::new(THREADS);
    thread::scope(|scope| {
        let threads = std::array::from_fn::<_, THREADS, _>(|thread| {
            let waiting = &waiting;
            scope.spawn(move || {
                kind(shared, thread);
                waiting.fetch_sub(1, Ordering::AcqRel);
                while waiting.load(Ordering::Acquire) > 0 {
                    hint::spin_loop();
                }
                let processor = processor_time();
                let begin = Instant::now();
                kind(shared, thread);
                let end = Instant::now();
                Run { begin, end, processor: processor_time() - processor }
            })
        });
        threads.map(|thread| thread.join().expect("nothing in there panics"))
    })
}

fn undisturbed(runs: &[Run]) -> bool {
    let together = runs.iter().map(|run| run.end).min() > runs.iter().map(|run| run.begin).max();
    let begin = runs.iter().map(|run| run.begin).max().expect("there are runs");
    let end = runs.iter().map(|run| run.end).min().expect("there are runs");
    together
        && runs.iter().all(|run| (end - begin).mul_f64(1.2) > run.wall() && run.processor.mul_f64(1.05) > run.wall())
}

fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a thread has a clock").into()
}

#[inline(never)]
fn bare(shared: &Shared, thread: usize) {
    let line = &shared.lines[thread].0;
    for _ in 0..PAIRS {
        black_box(line.fetch_add(2, Ordering::Relaxed));
        black_box(line.fetch_sub(2, Ordering::Release));
    }
}

#[inline(never)]
fn try_track(_: &Shared, _: usize) {
    for _ in 0..PAIRS {
        drop(black_box(graceful::try_track()));
    }
}

#[inline(never)]
fn track(_: &Shared, _: usize) {
    for _ in 0..PAIRS {
        drop(black_box(graceful::track()));
    }
}

#[inline(never)]
fn token(shared: &Shared, _: usize) {
    for _ in 0..PAIRS {
        drop(black_box(shared.tracker.token()));
    }
}

fn in_flight() {
    let mut samples = Samples::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        for _ in 0..1000 {
            black_box(graceful::in_flight());
        }
        samples.push(begin.elapsed().as_secs_f64() * 1e9 / 1000.0);
    }
    println!("\n  graceful::in_flight(): {samples} ns");
}

/// The whole drain of many guards, in a real shutdown: this process's own.
fn drain() {
    static MOMENTS: Mutex<Vec<Instant>> = Mutex::new(Vec::new());
    let now = || MOMENTS.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());

    let registered = graceful::handler("after").register(move || async move { now() });
    registered.expect("the shutdown has not begun");
    let code = graceful::Config::new().run(async move {
        let guards = [0, 1].map(|_| (0..DRAINED / 2).map(|_| graceful::track()).collect::<Vec<_>>());
        assert_eq!(graceful::in_flight(), DRAINED);
        graceful::request_shutdown();
        graceful::drain_started().await;
        now();
        let dropping = guards.map(|guards| thread::spawn(move || drop(guards)));
        dropping.into_iter().for_each(|thread| thread.join().expect("nothing in there panics"));
        now();
    });
    code.expect("this process has not run before");

    let moments = MOMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let &[begin, dropped, after] = &moments[..] else { panic!("{} moments", moments.len()) };
    println!(
        "  drain of {DRAINED} guards, dropped by 2 threads: {:.2} ms, and {:.0} µs to the first handler",
        (dropped - begin).as_secs_f64() * 1e3,
        (after - dropped).as_secs_f64() * 1e6,
    );
}
