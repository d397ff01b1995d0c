//! What else becomes of one job or another in `11_worker`: on SQLite, where one can change the jobs.

use graceful_process_tests::{Ended, Running, Signal};
use graceful_workers::Job;

use crate::broker::Broker;
use crate::rollout::Rollout;
use crate::sqlite::Sqlite;

/// One of four is urgent, the others are bulk. It succeeds at once.
pub(crate) fn job(number: u32, steps: u32, milliseconds: u64) -> Job {
    Job { number, steps, milliseconds, failures: 0, panics: false }
}

/// Some line has all these parts.
#[track_caller]
pub(crate) fn says(ended: &Ended, parts: &[&str]) {
    let has = |line: &String| parts.iter().all(|part| line.contains(part));
    assert!(ended.stdout.iter().any(has), "no line with {parts:?}\n{ended}");
}

pub(crate) fn ends(mut worker: Running) {
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

#[test]
fn a_job_that_panics_is_tried_again() {
    let rollout = Rollout::new(Sqlite::new(), 1);
    rollout.broker.send(Job { failures: 1, panics: true, ..job(0, 1, 1) });
    let ended = rollout.finish(rollout.start(rollout.broker.worker()));
    says(ended.exits_with(0), &["job 0 has failed, again in 1.", "panicked"]);
    assert_eq!(rollout.accounts().executed(), 1);
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
