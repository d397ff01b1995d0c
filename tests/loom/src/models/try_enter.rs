//! `try_enter` against `close`: no guard is lost between check and count.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::{Work, join, model, request};

/// What was let in is waited for, and what was done under its guard has happened before the end of the wait.
///
/// Fails when check and count are two steps (the close and the look at the count fit between them), and when leaving is
/// relaxed or the look at the count is.
#[test]
fn what_was_let_in_is_waited_for() {
    model(|| {
        let work = Work::<2>::leaked();
        let requests = [request(work, 0), request(work, 1)];
        work.drain();
        join(requests);
    });
}

/// The same on one shard, where guards and refusals mix in one word.
///
/// Fails for the same reasons, and when a refusal leaves its 2 behind.
#[test]
fn what_shares_a_shard_is_waited_for() {
    model(|| {
        let work = Work::<1>::leaked();
        let requests = [request(work, 0), request(work, 0)];
        work.drain();
        join(requests);
    });
}

/// Fails when the close leaves a shard open, and when the check is apart from the count.
#[test]
fn nobody_is_let_in_after_the_close() {
    model(|| {
        let work = Work::<2>::leaked();
        let closed = Arc::new(AtomicBool::new(false));
        let requests = [0, 1].map(|slot| {
            let closed = Arc::clone(&closed);
            thread::spawn(move || {
                // Relaxed: the count has to refuse also those who see the close in no other way.
                let too_late = closed.load(Ordering::Relaxed);
                assert!(!(work.try_track(slot).is_some() && too_late));
            })
        });
        work.count.close();
        closed.store(true, Ordering::Relaxed);
        join(requests);
        assert!(work.try_track(0).is_none());
        assert!(work.try_track(1).is_none());
    });
}
