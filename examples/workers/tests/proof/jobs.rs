//! What becomes of one job or another in `11_worker`, on SQLite.

use std::time::{Duration, Instant};

use graceful_process_tests::{Ended, Running, Signal};
use graceful_workers::{Entry, Job};

use crate::broker::Broker;
use crate::rollout::Rollout;
use crate::sqlite::Sqlite;

/// One of four is urgent, the others are bulk. It succeeds at once.
pub(crate) fn job(number: u32, steps: u32, milliseconds: u64) -> Job {
    Job { number, steps, milliseconds, failures: 0, panics: false }
}

/// It never succeeds.
fn failing(number: u32) -> Job {
    Job { failures: usize::MAX, ..job(number, 1, 1) }
}

fn bulk() -> impl Iterator<Item = u32> {
    (1_u32..).filter(|number| !number.is_multiple_of(4))
}

/// Some line has all these parts.
#[track_caller]
fn says(ended: &Ended, parts: &[&str]) {
    let has = |line: &String| parts.iter().all(|part| line.contains(part));
    assert!(ended.stdout.iter().any(has), "no line with {parts:?}\n{ended}");
}

fn ends(mut worker: Running) {
    worker.signal(Signal::SIGTERM);
    worker.end().exits_with(0);
}

/// As when the drain has begun while the worker asked for a job.
#[test]
fn a_job_that_was_taken_and_not_begun_is_given_back() {
    let rollout = Rollout::new(Sqlite::new(), 1);
    rollout.broker.send(job(0, 1, 1));
    rollout.broker.execute("UPDATE Jobs SET status = 'Queued'");
    let mut worker = rollout.start(rollout.broker.worker());
    let taken = "UPDATE Jobs SET lock_by = (SELECT id FROM Workers) WHERE EXISTS (SELECT id FROM Workers)";
    rollout.wait(|_| rollout.broker.execute(taken) > 0);
    worker.signal(Signal::SIGTERM);
    let ended = worker.end();
    let _ = ended.exits_with(0).position("jobs still in hand, given back: 1");
    let _ = rollout.finish(rollout.start(rollout.broker.worker()));
}

/// In a drain apalis sends no heartbeat any more: the worker does that itself.
#[test]
fn a_worker_that_drains_is_not_taken_for_dead() {
    let sqlite = Sqlite::new();
    let rollout = Rollout::new(sqlite, 1);
    let worker = || rollout.broker.worker().arg("--dead-after").arg("5");
    // Longer than a silent worker has, and well below the limits of a job.
    rollout.broker.send(job(0, 9, 1000));

    let mut old = rollout.start(worker());
    rollout.wait(|accounts| accounts.is_in_hand(0));
    let new = rollout.start(worker());
    old.signal(Signal::SIGTERM);
    old.end().exits_with(0);
    let _ = rollout.finish(new);
    let accounts = rollout.accounts();
    assert_eq!((accounts.begun(), accounts.executed()), (1, 1), "{accounts}");
}

#[test]
fn an_urgent_job_waits_for_no_bulk_job() {
    const BULK: usize = 24;

    let rollout = Rollout::new(Sqlite::new(), 4 * 24);
    bulk().take(BULK).for_each(|number| rollout.broker.send(job(number, 1, 400)));
    // It comes last.
    rollout.broker.send(job(0, 1, 1));
    let worker = rollout.start(rollout.broker.worker());
    rollout.wait(|accounts| accounts.executed() > BULK);
    ends(worker);
    let begun: Vec<Entry> = rollout.entries().into_iter().filter(|entry| matches!(entry, Entry::Begun(_))).collect();
    let place = begun.iter().position(|entry| *entry == Entry::Begun(0)).unwrap();
    assert!(place < BULK / 2, "{begun:?}");
}

/// And none waits in a worker, where no other can take it.
#[test]
fn no_more_jobs_are_taken_than_there_are_slots() {
    const SLOTS: i64 = 4;
    const BULK: usize = 24;

    let rollout = Rollout::new(Sqlite::new(), 4 * 24);
    bulk().take(BULK).for_each(|number| rollout.broker.send(job(number, 1, 500)));
    let worker = rollout.start(rollout.broker.worker());
    let mut most = 0;
    rollout.wait(|accounts| {
        most = most.max(rollout.broker.ask("SELECT count(*) FROM Jobs WHERE status IN ('Queued', 'Running')"));
        accounts.executed() == BULK
    });
    ends(worker);
    assert_eq!(most, SLOTS);

    let mut in_hand = 0;
    let counts: Vec<i64> = rollout
        .entries()
        .into_iter()
        .map(|entry| {
            in_hand += if matches!(entry, Entry::Begun(_)) { 1 } else { -1 };
            in_hand
        })
        .collect();
    assert_eq!(counts.iter().max(), Some(&SLOTS), "{counts:?}");
}

#[test]
fn the_worker_says_which_jobs_are_active() {
    let rollout = Rollout::new(Sqlite::new(), 1);
    // Longer than from one such line to the next.
    rollout.broker.send(job(0, 7, 1000));
    let worker = rollout.start(rollout.broker.worker());
    worker.wait_for("1 active: 0");
    ends(worker);
}

#[test]
fn a_job_that_takes_too_long_is_told_and_then_dropped() {
    let rollout = Rollout::new(Sqlite::new(), 3);
    // One that asks between its steps, and one that doesn't.
    rollout.broker.send(job(1, 1000, 50));
    rollout.broker.send(job(2, 1, 50_000));
    let worker = rollout.broker.worker().arg("--soft-limit").arg("1").arg("--hard-limit").arg("2");
    let mut worker = rollout.start(worker);
    rollout.wait(|_| rollout.broker.ask::<i64>("SELECT count(*) FROM Jobs WHERE attempts = 1") == 2);
    // Also those that have begun again by now.
    worker.signal(Signal::SIGTERM);
    let ended = worker.end();
    says(ended.exits_with(0), &["job 1 has failed, again in 1.", "stopped at its soft time limit"]);
    says(&ended, &["job 2 has failed, again in 1.", "dropped at its hard time limit"]);
    assert_eq!(rollout.accounts().executed(), 0);
}

/// The queue has it again, and it wasn't an attempt.
const BACK: &str = "SELECT count(*) FROM Jobs WHERE status = 'Pending' AND attempts = 0 AND lock_by IS NULL";

#[test]
fn a_job_that_the_drain_has_no_time_for_is_given_back_before_its_end() {
    let rollout = Rollout::new(Sqlite::new(), 1);
    // It never asks.
    rollout.broker.send(job(0, 1, 60_000));
    let mut worker = rollout.start(rollout.broker.worker().drain_timeout("3s"));
    rollout.wait(|accounts| accounts.is_in_hand(0));
    worker.signal(Signal::SIGTERM);
    // Not 1: nothing was abandoned.
    let ended = worker.end();
    says(ended.exits_with(0), &["job 0 is given back"]);
    assert_eq!(rollout.broker.ask::<i64>(BACK), 1);
}

#[test]
fn a_job_that_asks_is_given_back_as_soon_as_the_time_is_too_little() {
    let rollout = Rollout::new(Sqlite::new(), 1);
    rollout.broker.send(job(0, 600, 100));
    // The soft limit would be next, and count as an attempt.
    let mut worker = rollout.start(rollout.broker.worker());
    rollout.wait(|accounts| accounts.is_in_hand(0));
    worker.signal(Signal::SIGTERM);
    worker.end().exits_with(0);
    assert_eq!(rollout.broker.ask::<i64>(BACK), 1);
}

#[test]
fn a_job_that_panics_is_tried_again() {
    let rollout = Rollout::new(Sqlite::new(), 1);
    rollout.broker.send(Job { failures: 1, panics: true, ..job(0, 1, 1) });
    let ended = rollout.finish(rollout.start(rollout.broker.worker()));
    says(ended.exits_with(0), &["job 0 has failed, again in 1.", "panicked"]);
    assert_eq!(rollout.accounts().executed(), 1);
}

#[test]
fn a_job_that_fails_is_tried_again_when_its_pause_is_over() {
    let rollout = Rollout::new(Sqlite::new(), 1);
    rollout.broker.send(failing(0));
    let mut worker = rollout.start(rollout.broker.worker());
    let begin = Instant::now();
    rollout.wait(|_| rollout.broker.ask::<i64>("SELECT attempts FROM Jobs") == 3);
    assert!(begin.elapsed() >= Duration::from_secs(1 + 2));
    worker.signal(Signal::SIGTERM);
    let ended = worker.end();
    let pause = |line: &String| line.split_once("again in ")?.1.split_once("s:")?.0.parse().ok();
    let pauses: Vec<f64> = ended.exits_with(0).stdout.iter().filter_map(pause).collect();
    let (seconds, longest) = ([1.0, 2.0, 4.0], 1.5);
    let in_time = |(pause, least): (&f64, &f64)| (*least..=*least * longest).contains(pause);
    assert!(pauses.len() == seconds.len() && pauses.iter().zip(&seconds).all(in_time), "{ended}");
    // It waits in the queue, not here.
    let status: String = rollout.broker.ask("SELECT status FROM Jobs WHERE lock_by IS NULL");
    assert_eq!(status, "Pending");
}

#[test]
fn a_job_that_has_failed_five_times_is_dead() {
    let rollout = Rollout::new(Sqlite::new(), 1);
    rollout.broker.send(failing(0));
    // Four of them were before.
    rollout.broker.execute("UPDATE Jobs SET attempts = 4");
    let worker = rollout.start(rollout.broker.worker());
    worker.wait_for_stdout("job 0 has failed for good: the other side is not there");
    rollout.wait(|_| rollout.broker.left() == 0);
    ends(worker);
    assert_eq!(rollout.broker.ask::<String>("SELECT status FROM Jobs"), "Killed");
    assert!(rollout.broker.ask::<String>("SELECT last_result FROM Jobs").contains("the other side is not there"));
}

/// It would else be given back, come first again, and keep all others. And it may be a job of a newer release: so it isn't
/// dead before the workers of that have had their time.
#[test]
fn what_cannot_be_read_is_tried_again_and_keeps_nobody() {
    let rollout = Rollout::new(Sqlite::new(), 4);
    for (number, payload) in
        [(1, "UPDATE Jobs SET job = 'no JSON', attempts = 4"), (2, "UPDATE Jobs SET job = '{}' WHERE job != 'no JSON'")]
    {
        rollout.broker.send(job(number, 1, 1));
        rollout.broker.execute(payload);
    }
    rollout.broker.send(job(3, 1, 1));
    let worker = rollout.start(rollout.broker.worker());
    rollout.wait(|accounts| {
        let dead: i64 = rollout.broker.ask("SELECT count(*) FROM Jobs WHERE status = 'Killed' AND job = 'no JSON'");
        let waits = "SELECT count(*) FROM Jobs WHERE status = 'Pending' AND attempts > 0 AND job = '{}'";
        accounts.executed() == 1 && dead == 1 && rollout.broker.ask::<i64>(waits) == 1
    });
    worker.wait_for_stdout("has failed, again in 1.");
    worker.wait_for_stdout("has failed for good: cannot be read");
    ends(worker);
}

#[test]
fn a_job_of_an_older_release_is_read() {
    let rollout = Rollout::new(Sqlite::new(), 1);
    rollout.broker.send(job(0, 1, 1));
    rollout.broker.execute("UPDATE Jobs SET job = json_remove(job, '$.panics')");
    let _ = rollout.finish(rollout.start(rollout.broker.worker()));
}
