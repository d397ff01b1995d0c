//! The lame duck's wait: the last one that leaves a watched count notifies it, and nobody is refused. Loom says "deadlock" when
//! it doesn't.

use loom::thread;

use super::{Work, join, model};
use crate::count::Kind;

/// Fails when a watched shard does not notify, and when watching closes it.
#[test]
fn the_last_of_a_watched_count_is_noticed() {
    model(|| {
        let work = Work::<1>::leaked();
        let guard = work.track(0);
        let holder = thread::spawn(move || drop(guard));
        work.count.watch();
        work.wait_until_empty();
        assert!(work.try_track(0).is_some(), "watching refuses nobody");
        assert!(!work.count.has_tallied());
        join([holder]);
    });
}

/// Fails when tasks or connections are not watched.
#[test]
fn the_last_watched_task_or_connection_is_noticed() {
    for kind in [Kind::Task, Kind::Connection] {
        model(move || {
            let work = Work::<1>::leaked();
            let held = work.track_as(kind);
            let holder = thread::spawn(move || drop(held));
            work.count.watch();
            work.wait_until_empty();
            assert!(work.count.has_tallied());
            join([holder]);
        });
    }
}
