//! Whoever holds a guard takes another before it drops the one it has: it is in flight all the time.

use loom::thread;

use super::{Work, join, model};
use crate::count::Kind;

/// The close and the look at the count meet the hand-over at every point.
///
/// Fails when the late guards are not read, and when they are counted in ordinary shards (the next guard comes after the look
/// at its shard, and the first is gone before the look at its own).
fn hand_over(slots: &'static [usize]) {
    model(move || {
        let work = Work::<2>::leaked();
        let mut guard = work.track(0);
        let holder = thread::spawn(move || {
            for &slot in slots {
                // The assignment drops the one before.
                guard = work.track(slot);
            }
            work.use_resource();
            drop(guard);
        });
        work.drain();
        join([holder]);
    });
}

#[test]
fn to_a_shard_that_is_read_later() {
    hand_over(&[1]);
}

#[test]
fn to_the_same_shard() {
    hand_over(&[0]);
}

#[test]
fn to_a_shard_that_is_read_earlier() {
    hand_over(&[1, 0]);
}

/// To another thread, which takes a guard of its own while the giver still has the first.
///
/// Fails as `hand_over` does.
#[test]
fn to_another_thread() {
    model(|| {
        let work = Work::<2>::leaked();
        let guard = work.track(1);
        let giver = thread::spawn(move || {
            let next = work.track(0);
            let taker = thread::spawn(move || {
                work.use_resource();
                drop(next);
            });
            drop(guard);
            taker
        });
        work.drain();
        join(join([giver]));
    });
}

/// From a connection to a task, and from that to a guard, which is read earlier.
///
/// Fails when the entries are not read a second time, and when an entry is counted before its shard or relaxed.
#[test]
fn to_another_kind() {
    model(|| {
        let work = Work::<1>::leaked();
        let connection = work.track_as(Kind::Connection);
        let holder = thread::spawn(move || {
            let task = work.track_as(Kind::Task);
            drop(connection);
            let guard = work.track(0);
            drop(task);
            work.use_resource();
            drop(guard);
        });
        work.drain();
        join([holder]);
    });
}
