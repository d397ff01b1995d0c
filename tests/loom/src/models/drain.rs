//! The drain's wait: the last one that leaves notifies it, whichever that is. Loom says "deadlock" when it doesn't.

use loom::thread;

use super::{Work, join, model, request};
use crate::count::Kind;

/// Fails when the last of a shard does not notify, and when only guards do.
#[test]
fn the_last_of_two_shards_is_heard() {
    model(|| {
        let work = Work::<2>::leaked();
        let requests = [request(work, 0), request(work, 1)];
        work.count.close();
        work.wait_until_empty();
        work.close_resource();
        join(requests);
    });
}

/// A refused one is in the count for a moment, and hides that the last guard has left.
///
/// Fails when a refusal does not notify.
#[test]
fn the_last_of_one_shard_is_heard() {
    model(|| {
        let work = Work::<1>::leaked();
        let guard = work.track(0);
        let holder = thread::spawn(move || drop(guard));
        let refused = request(work, 0);
        work.count.close();
        work.wait_until_empty();
        work.close_resource();
        join([holder, refused]);
    });
}

/// Fails when the late guards are not closed (nothing notifies there), or are not read.
#[test]
fn the_last_of_the_late_is_heard() {
    model(|| {
        let work = Work::<1>::leaked();
        let guard = work.track(0);
        let holder = thread::spawn(move || {
            let next = work.track(0);
            drop(guard);
            work.use_resource();
            drop(next);
        });
        work.count.close();
        work.wait_until_empty();
        work.close_resource();
        join([holder]);
    });
}

/// Fails when tasks or connections are not closed (nothing notifies there), or are not read.
#[test]
fn the_last_task_or_connection_is_heard() {
    for kind in [Kind::Task, Kind::Connection] {
        model(move || {
            let work = Work::<1>::leaked();
            let held = work.track_as(kind);
            let holder = thread::spawn(move || {
                work.use_resource();
                drop(held);
            });
            work.count.close();
            work.wait_until_empty();
            work.close_resource();
            join([holder]);
        });
    }
}
