//! The drive: whatever happens is followed by a poll that sees it, and only one thread polls at a time.

use loom::cell::UnsafeCell;
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::{FEW_PREEMPTIONS, model, model_within};
use crate::state::State;
use crate::sync::{AtomicU8, AtomicUsize, Ordering};

/// What the runtime's `Drive` is, with a future that waits for so many events.
struct Drive {
    state: State,
    events: AtomicUsize,
    awaited: usize,
    /// Loom fails when two threads poll at a time, or when one doesn't see what the one before has done.
    future: UnsafeCell<usize>,
    owner_is_told: Mutex<bool>,
    bell: Condvar,
}

impl Drive {
    fn new(awaited: usize) -> Arc<Self> {
        Arc::new(Self {
            state: State::new(AtomicU8::new(State::FIRST)),
            events: AtomicUsize::new(0),
            awaited,
            future: UnsafeCell::new(0),
            owner_is_told: Mutex::new(false),
            bell: Condvar::new(),
        })
    }

    fn happens(&self) {
        // Relaxed: that the poll sees it is up to the state.
        self.events.fetch_add(1, Ordering::Relaxed);
        if self.state.wake() {
            self.tell_owner();
        }
    }

    fn tell_owner(&self) {
        *self.owner_is_told.lock().unwrap() = true;
        self.bell.notify_one();
    }

    fn step(&self) {
        if !self.state.begin() {
            return;
        }
        loop {
            let seen = self.future.with_mut(|_| self.events.load(Ordering::Relaxed));
            if seen == self.awaited {
                self.state.done();
                self.tell_owner();
                return;
            }
            if !self.state.again() {
                return;
            }
        }
    }

    /// Loom says "deadlock" when the owner is not told of what nobody else takes further.
    fn finished(&self) {
        self.step();
        while !self.state.is_done() {
            let mut told = self.owner_is_told.lock().unwrap();
            while !*told {
                told = self.bell.wait(told).unwrap();
            }
            *told = false;
            drop(told);
            self.step();
        }
    }
}

/// Fails when an event during a poll doesn't make that thread poll again, when one in between doesn't tell the owner, when
/// two can begin at a time, and when a poll doesn't see what has happened before the wake that it follows.
#[test]
fn no_event_is_lost() {
    model(|| {
        let drive = Drive::new(2);
        let other = Arc::clone(&drive);
        let other = thread::spawn(move || {
            other.happens();
            other.step();
        });
        drive.happens();
        drive.finished();
        other.join().unwrap();
    });
}

/// One tells while the other polls, and nobody but the owner is left to go on.
#[test]
fn the_owner_goes_on_where_nobody_else_does() {
    model_within(FEW_PREEMPTIONS, || {
        let drive = Drive::new(2);
        let nudges = Arc::clone(&drive);
        let one_that_nudges = thread::spawn(move || {
            nudges.happens();
            nudges.step();
        });
        let tells = Arc::clone(&drive);
        let one_that_tells = thread::spawn(move || tells.happens());
        drive.finished();
        one_that_nudges.join().unwrap();
        one_that_tells.join().unwrap();
    });
}
