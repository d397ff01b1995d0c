//! The flags of a scope: whether it drains, and whether a cut was reported.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::{join, model};
use crate::flag::Flag;

/// A connection that finds its scope draining reads what was set before: when the drain ends.
///
/// Fails when setting or looking is relaxed.
#[test]
fn who_sees_the_drain_sees_its_end() {
    model(|| {
        let (drains, end) = (Arc::new(Flag::new(false)), Arc::new(UnsafeCell::new(())));
        let connection = thread::spawn({
            let (drains, end) = (Arc::clone(&drains), Arc::clone(&end));
            move || {
                if drains.is_set() {
                    end.with(|_| ());
                }
            }
        });
        end.with_mut(|_| ());
        drains.set();
        join([connection]);
    });
}

/// The end of a scope and the cut of the scope around it report the same connections.
///
/// Fails when the look and the step are two.
#[test]
fn one_of_several_is_the_first() {
    model(|| {
        let is_reported = Arc::new(Flag::new(false));
        let reports = [(); 2].map(|()| {
            let is_reported = Arc::clone(&is_reported);
            thread::spawn(move || is_reported.set())
        });
        let first = join(reports).into_iter().filter(|first| *first).count();
        assert_eq!(first, 1);
        assert!(is_reported.is_set());
    });
}
