//! What a scope costs: its memory, its making, its guards and tasks beside those of the service, and the end of ten thousand.

use std::fs;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use graceful::Scope;
use graceful_benches::{Samples, Unit, machine};
use tokio::task::yield_now;

const SCOPES: u32 = 10_000;
const ROUNDS: u32 = 30;
const TIMEOUT: Duration = Duration::from_secs(60);

fn main() {
    println!("{}\n", machine::description());
    // As in a service: a supervisor keeps the time of the ends.
    let _ = graceful::Config::new().run(async {
        println!("memory of a scope: {} bytes", memory().await);
        let mut rows = Rows::default();
        for round in 0..ROUNDS {
            measure(&mut rows, round).await;
        }
        for (title, samples) in &rows.0 {
            println!("{title}: {}", Unit::Seconds.absolute(samples));
        }
    });
}

/// In the order of the first round.
#[derive(Default)]
struct Rows(Vec<(&'static str, Samples)>);

impl Rows {
    /// `number`: how often it was done.
    fn add(&mut self, title: &'static str, begin: Instant, number: u32) {
        let seconds = begin.elapsed().as_secs_f64() / f64::from(number);
        match self.0.iter_mut().find(|row| row.0 == title) {
            Some((_, samples)) => samples.push(seconds),
            None => {
                let mut samples = Samples::new();
                samples.push(seconds);
                self.0.push((title, samples));
            }
        }
    }
}

fn name(number: u32) -> String {
    format!("tenant {number}")
}

fn scopes() -> Vec<Scope> {
    (0..SCOPES).map(|number| graceful::scope(name(number))).collect()
}

async fn end_all(scopes: Vec<Scope>) {
    let ends: Vec<_> = scopes.iter().map(|scope| scope.shut_down(TIMEOUT)).collect();
    for end in ends {
        assert!(end.await.is_clean());
    }
}

async fn memory() -> u64 {
    let names: Vec<_> = (0..SCOPES).map(name).collect();
    let before = resident();
    let scopes: Vec<_> = names.iter().map(|name| graceful::scope(name.as_str())).collect();
    let bytes = (resident() - before) / u64::from(SCOPES);
    end_all(scopes).await;
    bytes
}

fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: u64 = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4096
}

async fn measure(rows: &mut Rows, round: u32) {
    let names: Vec<_> = (0..SCOPES).map(|number| format!("{round}/{number}")).collect();
    let begin = Instant::now();
    let scopes: Vec<_> = names.iter().map(|name| graceful::scope(name.as_str())).collect();
    rows.add("a scope, made", begin, SCOPES);

    let begin = Instant::now();
    for name in &names {
        drop(black_box(graceful::scope(name.as_str())));
    }
    rows.add("a scope, found", begin, SCOPES);

    let scope = &scopes[0];
    let count = black_box(AtomicUsize::new(0));
    let begin = Instant::now();
    for _ in 0..SCOPES {
        count.fetch_add(1, Ordering::Relaxed);
        count.fetch_sub(1, Ordering::Release);
    }
    rows.add("the least for a guard, two atomic steps", begin, SCOPES);
    let begin = Instant::now();
    for _ in 0..SCOPES {
        drop(black_box(graceful::try_track()));
    }
    rows.add("a guard of the service", begin, SCOPES);
    let begin = Instant::now();
    for _ in 0..SCOPES {
        drop(black_box(scope.try_track()));
    }
    rows.add("a guard of a scope", begin, SCOPES);

    let begin = Instant::now();
    for _ in 0..SCOPES {
        graceful::spawn(yield_now());
    }
    rows.add("a task of the service, spawned", begin, SCOPES);
    while graceful::in_flight() > 0 {
        yield_now().await;
    }
    let begin = Instant::now();
    for scope in &scopes {
        scope.spawn(scope.drain_started());
    }
    rows.add("a task of a scope, spawned", begin, SCOPES);
    yield_now().await;

    let begin = Instant::now();
    end_all(scopes).await;
    rows.add("the end of 10 000 scopes, each with a task", begin, 1);

    let scopes = scopes_with_handlers(rows);
    let begin = Instant::now();
    end_all(scopes).await;
    rows.add("the end of 10 000 scopes, each with a handler", begin, 1);
}

fn scopes_with_handlers(rows: &mut Rows) -> Vec<Scope> {
    let scopes = scopes();
    let begin = Instant::now();
    for scope in &scopes {
        scope.handler("flush").register(async || {}).expect("the scope has not ended");
    }
    rows.add("a handler of a scope, registered", begin, SCOPES);
    scopes
}
