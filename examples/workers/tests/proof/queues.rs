//! What becomes of one job or another in `11_worker`, on SQLite and on Redis.

use std::time::{Duration, Instant};

use graceful_process_tests::Signal;
use graceful_workers::{BULK, Entry, Job, URGENT};

use crate::broker::Broker;
use crate::jobs::{ends, job, says};
use crate::redis::{Away, Redis};
use crate::rollout::Rollout;
use crate::sqlite::Sqlite;

/// A broker of `11_worker`.
pub(crate) trait Queues: Broker {
    /// How many jobs of this queue its worker has.
    fn in_hand(&self, queue: &str) -> usize;

    /// What the dead ones have died of.
    fn dead(&self) -> Vec<String>;

    /// How often the job was tried, if there is one.
    fn attempts(&self) -> u32;

    /// That it was tried so often.
    fn set_attempts(&self, attempts: u32);
}

/// Each case, on both of them at the same time: most of it is waiting.
macro_rules! cases {
    ($($case:ident,)*) => {
        mod on_both {
            $(
                #[test]
                fn $case() {
                    std::thread::scope(|scope| {
                        scope.spawn(|| super::$case(super::Sqlite::new()));
                        super::Redis::start(super::Away::Killed).map(super::$case);
                    });
                }
            )*
        }
    };
}

cases! {
    a_worker_that_drains_is_not_taken_for_dead,
    an_urgent_job_waits_for_no_bulk_job,
    no_more_jobs_are_taken_than_there_are_slots,
    a_job_that_the_drain_has_no_time_for_is_given_back_before_its_end,
    a_job_that_asks_is_given_back_as_soon_as_the_time_is_too_little,
    a_job_that_fails_is_tried_again_when_its_pause_is_over,
    a_job_that_has_failed_five_times_is_dead,
}

/// It never succeeds.
fn failing(number: u32) -> Job {
    Job { failures: usize::MAX, ..job(number, 1, 1) }
}

fn bulk() -> impl Iterator<Item = u32> {
    (1_u32..).filter(|number| !number.is_multiple_of(4))
}

/// In a drain apalis sends no heartbeat any more: the worker does that itself.
fn a_worker_that_drains_is_not_taken_for_dead<Q: Queues>(queues: Q) {
    let rollout = Rollout::new(queues, 1);
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

fn an_urgent_job_waits_for_no_bulk_job<Q: Queues>(queues: Q) {
    const JOBS: usize = 24;

    let rollout = Rollout::new(queues, 4 * 24);
    bulk().take(JOBS).for_each(|number| rollout.broker.send(job(number, 1, 400)));
    // It comes last.
    rollout.broker.send(job(0, 1, 1));
    let worker = rollout.start(rollout.broker.worker());
    rollout.wait(|accounts| accounts.executed() > JOBS);
    ends(worker);
    let begun: Vec<Entry> = rollout.entries().into_iter().filter(|entry| matches!(entry, Entry::Begun(_))).collect();
    let place = begun.iter().position(|entry| *entry == Entry::Begun(0)).unwrap();
    assert!(place < JOBS / 2, "{begun:?}");
}

/// And none waits in a worker, where no other can take it.
fn no_more_jobs_are_taken_than_there_are_slots<Q: Queues>(queues: Q) {
    const JOBS: u32 = 24;
    const SLOTS: [(&str, usize); 2] = [(URGENT, 2), (BULK, 4)];

    let rollout = Rollout::new(queues, JOBS);
    (0..JOBS).for_each(|number| rollout.broker.send(job(number, 1, 500)));
    let worker = rollout.start(rollout.broker.worker());
    let mut most = SLOTS.map(|(queue, _)| (queue, 0));
    rollout.wait(|accounts| {
        most = most.map(|(queue, most)| (queue, most.max(rollout.broker.in_hand(queue))));
        accounts.executed() == JOBS as usize
    });
    ends(worker);
    assert_eq!(most, SLOTS);

    for (queue, slots) in SLOTS {
        let mut begun = 0;
        let counts: Vec<usize> = rollout
            .entries()
            .into_iter()
            .filter_map(|entry| {
                let (Entry::Begun(number) | Entry::Executed(number)) = entry;
                (job(number, 1, 1).queue() == queue).then(|| {
                    begun = if matches!(entry, Entry::Begun(_)) { begun + 1 } else { begun - 1 };
                    begun
                })
            })
            .collect();
        assert_eq!(counts.iter().max(), Some(&slots), "{queue}: {counts:?}");
    }
}

/// The queue has it again, and it wasn't an attempt.
#[track_caller]
fn is_back(queues: &impl Queues) {
    assert_eq!((queues.left(), queues.in_hand(URGENT), queues.attempts()), (1, 0, 0));
}

fn a_job_that_the_drain_has_no_time_for_is_given_back_before_its_end<Q: Queues>(queues: Q) {
    let rollout = Rollout::new(queues, 1);
    // It never asks.
    rollout.broker.send(job(0, 1, 60_000));
    let mut worker = rollout.start(rollout.broker.worker().drain_timeout("3s"));
    rollout.wait(|accounts| accounts.is_in_hand(0));
    worker.signal(Signal::SIGTERM);
    // Not 1: nothing was abandoned.
    let ended = worker.end();
    says(ended.exits_with(0), &["job 0 is given back"]);
    is_back(&rollout.broker);
}

fn a_job_that_asks_is_given_back_as_soon_as_the_time_is_too_little<Q: Queues>(queues: Q) {
    let rollout = Rollout::new(queues, 1);
    rollout.broker.send(job(0, 600, 100));
    // The soft limit would be next, and count as an attempt.
    let mut worker = rollout.start(rollout.broker.worker());
    rollout.wait(|accounts| accounts.is_in_hand(0));
    worker.signal(Signal::SIGTERM);
    worker.end().exits_with(0);
    is_back(&rollout.broker);
}

fn a_job_that_fails_is_tried_again_when_its_pause_is_over<Q: Queues>(queues: Q) {
    let rollout = Rollout::new(queues, 1);
    rollout.broker.send(failing(0));
    let begin = Instant::now();
    let mut worker = rollout.start(rollout.broker.worker());
    rollout.wait(|_| rollout.broker.attempts() == 3);
    assert!(begin.elapsed() >= Duration::from_secs(1 + 2));
    worker.signal(Signal::SIGTERM);
    let ended = worker.end();
    let pause = |line: &String| line.split_once("again in ")?.1.split_once("s:")?.0.parse().ok();
    let pauses: Vec<f64> = ended.exits_with(0).stdout.iter().filter_map(pause).collect();
    let (seconds, longest) = ([1.0, 2.0, 4.0], 1.5);
    let in_time = |(pause, least): (&f64, &f64)| (*least..=*least * longest).contains(pause);
    assert!(pauses.len() == seconds.len() && pauses.iter().zip(&seconds).all(in_time), "{ended}");
    // It waits in the queue, not here.
    assert_eq!((rollout.broker.left(), rollout.broker.in_hand(URGENT)), (1, 0));
}

fn a_job_that_has_failed_five_times_is_dead<Q: Queues>(queues: Q) {
    let rollout = Rollout::new(queues, 1);
    rollout.broker.send(failing(0));
    rollout.broker.set_attempts(4);
    let worker = rollout.start(rollout.broker.worker());
    worker.wait_for_stdout("job 0 has failed for good: the other side is not there");
    rollout.wait(|_| rollout.broker.left() == 0);
    ends(worker);
    let dead = rollout.broker.dead();
    assert!(dead.len() == 1 && dead[0].contains("the other side is not there"), "{dead:?}");
    assert_eq!(rollout.broker.in_hand(URGENT), 0);
}
