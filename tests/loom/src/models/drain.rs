//! The drain's wait: the bell rings for the last one that leaves, whichever it is. Loom says "deadlock" when it doesn't.

use loom::thread;

use super::{Work, join, model, request};

/// Fails when whoever is the last of its shard doesn't ring, and when only guards ring.
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

/// A refused one is in the count for a moment, and hides the last guard's leave from the bell.
///
/// Fails when a refusal doesn't ring.
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

/// Fails when `late` is not closed (nobody rings there), is read first, or is not read.
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
