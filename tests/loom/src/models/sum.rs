//! The number that the log and `in_flight()` show.

use loom::thread;

use super::{Work, join, model};

/// Exact when nobody comes or goes: guards of before the close and after it, no refusals.
///
/// Fails when a refusal or a late entry leaves something behind in its shard.
#[test]
fn counts_guards_and_no_refusals() {
    model(|| {
        let work = Work::<2>::leaked();
        let threads = [0, 1].map(|slot| {
            thread::spawn(move || {
                let guards = [work.try_track(slot), Some(work.track(slot))];
                guards.into_iter().flatten().collect::<Vec<_>>()
            })
        });
        work.count.close();
        let guards: Vec<_> = join(threads).into_iter().flatten().collect();
        assert_eq!(work.count.guards(), guards.len());
        drop(guards);
        assert_eq!(work.count.guards(), 0);
        assert!(work.count.is_empty());
    });
}
