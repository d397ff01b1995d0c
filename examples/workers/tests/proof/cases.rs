//! What is proven of each broker.

use std::time::Duration;

use graceful_process_tests::installed::say;
use graceful_process_tests::place::free_address;
use graceful_process_tests::{Ended, Signal};

use crate::broker::Broker;
use crate::jobs::job;
use crate::probes::wait_until_ready;
use crate::rollout::{Replace, Rollout};

const JOBS: u32 = 1000;
/// A worker is replaced when so many more were begun. In its drain the next one begins as many again, and more on a machine
/// that is busy.
const BETWEEN: u32 = 50;
/// A job that takes 1.5 s.
const LONG: u32 = 63;

/// With SIGTERM and time for every job.
pub(crate) fn with_enough_time_each_job_is_done_once<B: Broker>(name: &str, broker: B) {
    let rollout = Rollout::new(broker, JOBS);
    let (mut ended, last) = rollout.replace(B::worker, Replace::Terminate(BETWEEN), JOBS as usize);
    ended.push(rollout.finish(last));
    let accounts = rollout.accounts();
    say(format_args!("{name}, SIGTERM with enough time: {accounts}; {} workers", ended.len()));
    for worker in &ended {
        worker.exits_with(0);
    }
    assert_eq!((accounts.lost(), accounts.repeated(), accounts.interrupted()), (0, 0, 0), "{accounts}");
    assert!(ended.len() > 5, "only {} workers", ended.len());
    assert!(ended.iter().any(|worker| in_flight(worker) > 0), "none had work when it was told to end");
}

/// With SIGTERM and too little time for the long ones.
pub(crate) fn with_too_little_time_none_is_lost<B: Broker>(name: &str, broker: B) {
    let rollout = Rollout::new(broker, JOBS);
    let worker = |broker: &B| broker.worker().drain_timeout(B::TOO_LITTLE);
    let (mut ended, last) = rollout.replace(worker, Replace::Terminate(BETWEEN), JOBS as usize);
    ended.push(rollout.finish(last));
    let accounts = rollout.accounts();
    say(format_args!("{name}, SIGTERM with too little time: {accounts}; {} workers", ended.len()));
    for worker in &ended {
        let abandoned = worker.stdout.iter().any(|line| line.contains("work was abandoned"));
        worker.exits_with(u8::from(abandoned).into());
    }
    assert_eq!(accounts.lost(), 0, "{accounts}");
    assert!(accounts.interrupted() > 0, "none was interrupted: {accounts}");
}

/// With SIGKILL at any moment.
pub(crate) fn killed_at_any_moment_none_is_lost<B: Broker>(name: &str, broker: B, seed: u64) {
    let rollout = Rollout::new(broker, JOBS);
    let worker = |broker: &B| broker.worker().arg("--dead-after").arg("2");
    let (mut ended, last) = rollout.replace(worker, Replace::Kill(seed), JOBS as usize);
    ended.push(rollout.finish(last));
    let accounts = rollout.accounts();
    say(format_args!("{name}, SIGKILL at any moment: {accounts}; {} workers", ended.len()));
    assert_eq!(accounts.lost(), 0, "{accounts}");
    assert!(accounts.interrupted() > 0, "none was interrupted: {accounts}");
}

/// The broker goes away while the last jobs are done, and comes back before the drain's end.
pub(crate) fn a_broker_that_comes_back_hears_what_was_done<B: Broker>(name: &str, broker: B) {
    let mut rollout = Rollout::new(broker, 100);
    let mut worker = rollout.start_and_send(rollout.broker.worker());
    rollout.wait(|accounts| accounts.is_in_hand(LONG));
    rollout.broker.leave();
    worker.signal(Signal::SIGTERM);
    // All that were begun are done, but nobody knows.
    rollout.wait(|accounts| accounts.interrupted() == 0);
    rollout.broker.come_back();
    worker.end().exits_with(0);
    let left = rollout.broker.left();

    let ended = rollout.finish(rollout.start(rollout.broker.worker()));
    let accounts = rollout.accounts();
    say(format_args!("{name}, away in the drain and back: {accounts}; {left} were left to the next worker"));
    assert_eq!((accounts.lost(), accounts.repeated(), accounts.interrupted()), (0, 0, 0), "{accounts}\n{ended}");
}

/// The broker goes away and comes back, and nobody drains: the worker goes on.
pub(crate) fn a_broker_that_comes_back_has_its_worker_back<B: Broker>(name: &str, broker: B) {
    let mut rollout = Rollout::new(broker, 3);
    let worker = rollout.start(rollout.broker.worker());
    // The first answer ever takes Redis several messages: of those, none would have been heard when it is back.
    rollout.broker.send(job(2, 1, 1));
    rollout.wait(|accounts| accounts.executed() == 1 && rollout.broker.left() == 0);
    // It leaves slots free, so the worker goes on asking.
    rollout.broker.send(job(1, 1, 1500));
    rollout.wait(|accounts| accounts.is_in_hand(1));
    rollout.broker.leave();
    worker.wait_for_stdout(B::MISSED);
    worker.wait_for_stdout(B::UNHEARD);
    rollout.broker.come_back();
    rollout.broker.send(job(0, 1, 1));
    let ended = rollout.finish(worker);
    ended.exits_with(0);
    // There is none.
    assert!(!ended.stdout.iter().any(|line| line.contains("is another worker's")), "{ended}");
    let accounts = rollout.accounts();
    assert_eq!((accounts.begun(), accounts.executed()), (3, 3), "{name}: {accounts}");
}

/// The broker goes away and doesn't come back: the worker's end is in time all the same, and says what is left.
pub(crate) fn a_broker_that_stays_away_keeps_nobody<B: Broker>(name: &str, broker: B) {
    const GRACE_PERIOD: Duration = Duration::from_secs(9);

    let mut rollout = Rollout::new(broker, 100);
    let worker = rollout.broker.worker().grace_period("9s").drain_timeout("3s");
    let mut worker = rollout.start_and_send(worker);
    rollout.wait(|accounts| accounts.is_in_hand(LONG));
    rollout.broker.leave();
    worker.signal(Signal::SIGTERM);
    // Not 124: that would be the deadline's.
    let ended = worker.end();
    ended.exits_with(1);
    assert!(ended.took < GRACE_PERIOD, "{ended}");
    // All that it still had a second after its drain began: until then the broker's last answers may come in.
    let held = held(&ended);
    assert!(held > 0 && B::unheard(&ended) >= held, "{held} were in flight\n{ended}");

    rollout.broker.come_back();
    let worker = rollout.broker.worker().arg("--dead-after").arg("2");
    let _ = rollout.finish(rollout.start(worker));
    let accounts = rollout.accounts();
    say(format_args!("{name}, away in the drain for good: {accounts}; exit after {:?}", ended.took));
    assert_eq!(accounts.lost(), 0, "{accounts}");
}

/// And not while it isn't.
pub(crate) fn a_worker_is_ready_while_its_broker_is_there<B: Broker>(
    mut broker: B,
    leave: impl FnOnce(&mut B),
    come_back: impl FnOnce(&mut B),
) {
    let probes = free_address();
    let worker = broker.worker().env("GRACEFUL_PROBES", &probes.to_string()).start();
    worker.wait_for("working");
    wait_until_ready(probes, true);
    leave(&mut broker);
    wait_until_ready(probes, false);
    come_back(&mut broker);
    wait_until_ready(probes, true);
}

/// Without graceful: so it would be noticed.
pub(crate) fn without_graceful_some_are_interrupted<B: Broker>(name: &str, broker: B) {
    let rollout = Rollout::new(broker, JOBS);
    let (mut ended, mut last) = rollout.replace(B::plain_worker, Replace::Terminate(BETWEEN), JOBS as usize / 2);
    // By the same signal: a kill would leave jobs half done with any worker.
    last.signal(Signal::SIGTERM);
    ended.push(last.end());
    let accounts = rollout.accounts();
    say(format_args!("{name}, SIGTERM without graceful: {accounts}; {} workers", ended.len()));
    assert!(accounts.interrupted() > 0, "{accounts}");
}

/// How many jobs it had when it first said what its drain waits for.
fn held(ended: &Ended) -> usize {
    let count = |line: &String| {
        let (before, _) = line.split_once(" tracked task")?;
        before.split_once("still draining")?.1.rsplit(' ').next()?.parse().ok()
    };
    ended.stdout.iter().find_map(count).unwrap_or_default()
}

/// How many jobs it had when its drain began.
fn in_flight(ended: &Ended) -> usize {
    let count = |line: &String| line.split_once("draining for")?.1.split_once(": ")?.1.split(' ').next()?.parse().ok();
    ended.stdout.iter().find_map(count).unwrap_or_default()
}
