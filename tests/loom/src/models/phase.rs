//! The phase: it grows, each move is one's own, and whoever sees it sees what came with it.

use loom::cell::UnsafeCell;
use loom::sync::{Arc, Mutex};
use loom::thread;

use super::{Work, join, model};
use crate::phase::State;
use crate::sync::AtomicU8;

const LAME_DUCK: u8 = 1;
const DRAINING: u8 = 2;
const TEARDOWN: u8 = 3;

/// What the runtime's `Lifecycle` is, without those who are told.
struct Lifecycle {
    state: State,
    work: &'static Work<2>,
    /// The trigger. Loom fails when it is written twice at a time, or read while that is going on.
    trigger: UnsafeCell<()>,
    entered: Mutex<Vec<u8>>,
}

impl Lifecycle {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            state: State::new(AtomicU8::new(State::FIRST), Mutex::new(())),
            work: Work::leaked(),
            trigger: UnsafeCell::new(()),
            entered: Mutex::default(),
        })
    }

    fn enter(&self, phase: u8) {
        if phase >= DRAINING {
            self.work.count.close();
        }
        self.entered.lock().unwrap().push(phase);
    }

    fn begin(&self, phase: u8) -> bool {
        let begun = self.state.begin(|| {
            self.trigger.with_mut(|_| ());
            self.enter(phase);
            phase
        });
        begun.is_some()
    }

    fn advance(&self, phase: u8) {
        self.state.advance(phase, || self.enter(phase));
    }
}

/// Fails when the phase is stored before the count is closed.
#[test]
fn whoever_sees_the_drain_is_refused() {
    model(|| {
        let lifecycle = Lifecycle::new();
        let requests = [0, 1].map(|slot| {
            let lifecycle = Arc::clone(&lifecycle);
            thread::spawn(move || {
                let drains = lifecycle.state.phase() >= DRAINING;
                let guard = lifecycle.work.try_track(slot);
                assert!(!(drains && guard.is_some()));
            })
        });
        lifecycle.begin(DRAINING);
        join(requests);
    });
}

/// Of two triggers one counts, and whoever sees that there was one can read it. The look is made by a thread of its own:
/// the model's first one never gets to see it.
///
/// Fails when look and change are two steps, and when storing or reading the phase is relaxed.
#[test]
fn only_one_trigger_counts() {
    model(|| {
        let lifecycle = Lifecycle::new();
        let looker = Arc::clone(&lifecycle);
        let looker = thread::spawn(move || {
            if looker.state.phase() > State::FIRST {
                looker.trigger.with(|_| ());
            }
        });
        let other = Arc::clone(&lifecycle);
        let other = thread::spawn(move || other.begin(LAME_DUCK));
        let begun = usize::from(lifecycle.begin(DRAINING)) + usize::from(other.join().unwrap());
        looker.join().unwrap();
        assert_eq!(begun, 1);
        assert_eq!(*lifecycle.entered.lock().unwrap(), [lifecycle.state.phase()]);
    });
}

/// Two that move it on, one further than the other.
///
/// Fails when look and change are two steps.
#[test]
fn it_only_moves_forwards() {
    model(|| {
        let lifecycle = Lifecycle::new();
        lifecycle.begin(LAME_DUCK);
        let movers = [DRAINING, TEARDOWN].map(|phase| {
            let lifecycle = Arc::clone(&lifecycle);
            thread::spawn(move || lifecycle.advance(phase))
        });
        join(movers);
        assert_eq!(lifecycle.state.phase(), TEARDOWN);
        let entered = lifecycle.entered.lock().unwrap();
        assert!(entered.is_sorted_by(|a, b| a < b), "{entered:?}");
    });
}
