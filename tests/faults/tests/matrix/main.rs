//! Runs the matrix: every combination as a process of its own, many at a time, and the same invariants for each.
//!
//! `FAULTS_ONLY=sigterm/first/hang/multi-2` runs one combination, and shows it.
#![cfg(unix)]

mod invariants;
mod oracle;
mod play;
mod pulse;
mod seen;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use graceful_fault_tests::{Combination, Fault, Flavour, Place, Trigger};

use self::invariants::Findings;
use self::pulse::Pulse;

/// So many processes at a time: most of what they do is waiting, but not all.
const AT_A_TIME: usize = 24;

/// A combination that fails while the machine stands still is played again, but not more often than this.
const REPLAYS: usize = 4;

static PULSE: Pulse = Pulse::new();

#[test]
fn all_combinations_keep_the_promises() {
    let only = env::var("FAULTS_ONLY").ok();
    let combinations = match &only {
        Some(only) => vec![only.parse().expect("trigger/place/fault/flavour")],
        None => Combination::all(),
    };
    let began = Instant::now();
    PULSE.begin();
    let Tally { failures, skipped, forced, wordless, replays } = run(&combinations, only.is_some());
    let count = combinations.len();
    println!("{count} combinations in {:.1} s", began.elapsed().as_secs_f64());
    println!("{replays} played again, since the machine stood still");
    println!("{} skipped; {forced} ended by force, {} of them without a word", skipped.len(), wordless.len());
    for (combination, why) in &skipped {
        println!("skipped: {combination}: {why}");
    }
    assert!(failures.is_empty(), "{} of {count} fail\n\n{}", failures.len(), failures.join("\n"));
    // Where a limit doesn't bind, that may be so; but not everywhere.
    assert!(skipped.len() * 5 <= count || only.is_some(), "{} of {count} are skipped", skipped.len());
    // The deadline doesn't wait for the last words: who gets no processor for an eighth of a second goes without. With
    // ever so many processes at a time that may happen to some.
    let wordless: Vec<String> = wordless.iter().map(Combination::to_string).collect();
    assert!(wordless.len() * 20 <= forced, "of {forced} without a word:\n{}", wordless.join("\n"));
}

#[test]
fn the_matrix_has_every_value_of_every_dimension() {
    let all = Combination::all();
    assert!(all.len() >= 1000, "{}", all.len());
    let distinct: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    let has = |wanted: &dyn Fn(&Combination) -> bool| all.iter().any(wanted);
    assert!(Trigger::ALL.iter().all(|&value| has(&|cell| cell.trigger == value)));
    assert!(Place::ALL.iter().all(|&value| has(&|cell| cell.place == value)));
    assert!(Fault::ALL.iter().all(|&value| has(&|cell| cell.fault == value)));
    assert!(Flavour::ALL.iter().all(|&value| has(&|cell| cell.flavour == value)));
    // What is printed leads back to what it was.
    assert!(all.iter().all(|cell| cell.to_string().parse() == Ok(*cell)));
}

/// What became of all of them.
#[derive(Default)]
struct Tally {
    failures: Vec<String>,
    skipped: Vec<(Combination, String)>,
    /// Ended by force, and of these without a word.
    forced: usize,
    wordless: Vec<Combination>,
    replays: usize,
}

impl Tally {
    fn add(&mut self, combination: Combination, verdict: Result<Option<bool>, Verdict>) {
        match verdict {
            Ok(last_words) => {
                self.forced += usize::from(last_words.is_some());
                self.wordless.extend((last_words == Some(false)).then_some(combination));
            }
            Err(Verdict::Skipped(why)) => self.skipped.push((combination, why)),
            Err(Verdict::Fails(how)) => self.failures.push(how),
        }
    }
}

fn run(combinations: &[Combination], shown: bool) -> Tally {
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME.min(combinations.len()) {
            scope.spawn(|| {
                while let Some(&combination) = combinations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (verdict, replays) = check_in_fairness(combination, shown);
                    let mut tally = tally.lock().expect("no panic");
                    tally.add(combination, verdict);
                    tally.replays += replays;
                }
            });
        }
    });
    tally.into_inner().expect("no panic")
}

enum Verdict {
    Skipped(String),
    Fails(String),
}

/// The verdict, and how often it was played again.
fn check_in_fairness(combination: Combination, shown: bool) -> (Result<Option<bool>, Verdict>, usize) {
    let mut replays = 0;
    loop {
        let began = Instant::now();
        let verdict = check(combination, shown);
        let is_bad = matches!(verdict, Err(Verdict::Fails(_)) | Ok(Some(false)));
        if !is_bad || replays == REPLAYS || !PULSE.stalled_since(began) {
            return (verdict, replays);
        }
        replays += 1;
    }
}

/// If all is well: whether the end was forced, and it was said why.
fn check(combination: Combination, shown: bool) -> Result<Option<bool>, Verdict> {
    let how = |what: &str, seen: &str| {
        let alone =
            format!("FAULTS_ONLY={combination} cargo test -p graceful-fault-tests --test matrix all -- --nocapture");
        Verdict::Fails(format!("=== {combination}\n{what}\n{alone}\n{seen}\n"))
    };
    // It panics when the process doesn't end at all.
    let seen = catch_unwind(AssertUnwindSafe(|| play::play(combination))).map_err(|panic| {
        let why = panic.downcast_ref::<String>().map_or("a panic of the harness", |why| why);
        how(why, "")
    })?;
    if shown {
        println!("{seen}");
    }
    if seen.told("starved false") {
        return Err(Verdict::Skipped("the limit doesn't bind here".to_owned()));
    }
    let Findings { violations, last_words } = invariants::findings(combination, &seen);
    if violations.is_empty() { Ok(last_words) } else { Err(how(&violations.join("\n"), &seen.to_string())) }
}
