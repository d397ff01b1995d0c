//! The models, one file for each promise, and what they share.

mod drain;
mod flag;
mod hand_over;
mod sum;
mod try_enter;
mod watch;

use loom::cell::UnsafeCell;
use loom::sync::{Condvar, Mutex};
use loom::thread::{self, JoinHandle};

use crate::count::{Count, Kind, Left, Shard};
use crate::sync::AtomicUsize;

/// How often at most loom takes the processor from a thread that could go on. Without a limit the models pass too, and
/// take minutes.
const PREEMPTIONS: usize = 3;

/// Each model says what it fails on. All of that has been tried.
fn model(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(PREEMPTIONS));
    builder.check(model);
}

/// What the runtime's `Work` is, and what the handlers of a program close after the drain.
struct Work<const SHARDS: usize> {
    count: Count<&'static Notify, SHARDS>,
    emptied: &'static Notify,
    /// Read by work in flight, written to by the teardown. Loom fails when the one doesn't happen before the other.
    resource: UnsafeCell<()>,
}

/// In flight until it is dropped, as the runtime's `InFlight`.
struct Guard(&'static Shard<&'static Notify>);

impl<const SHARDS: usize> Work<SHARDS> {
    /// Leaked, since guards borrow from it on any thread: some hundred bytes for each execution.
    fn leaked() -> &'static Self {
        let emptied: &Notify = Box::leak(Box::default());
        let shard = |_| Shard::new(AtomicUsize::new(0), emptied);
        let count = Count::new(std::array::from_fn(shard), std::array::from_fn(shard), AtomicUsize::new(0));
        Box::leak(Box::new(Self { count, emptied, resource: UnsafeCell::new(()) }))
    }

    fn track(&'static self, slot: usize) -> Guard {
        let (shard, left) = self.count.enter(slot);
        self.emptied.after(left);
        Guard(shard)
    }

    fn try_track(&'static self, slot: usize) -> Option<Guard> {
        match self.count.try_enter(slot) {
            Ok(shard) => Some(Guard(shard)),
            Err(left) => {
                self.emptied.after(left);
                None
            }
        }
    }

    fn track_as(&'static self, kind: Kind) -> Guard {
        Guard(self.count.enter_as(kind))
    }

    fn use_resource(&self) {
        self.resource.with(|_| ());
    }

    fn close_resource(&self) {
        self.resource.with_mut(|_| ());
    }

    /// The drain and the teardown after it, without the notification.
    fn drain(&self) {
        self.count.close();
        self.spin_until_empty();
        self.close_resource();
    }

    /// The drain's wait, after the close.
    fn wait_until_empty(&self) {
        while !self.count.is_empty() {
            self.emptied.wait();
        }
    }

    /// The same without the notification, whose mutex orders more than the count promises.
    fn spin_until_empty(&self) {
        while !self.count.is_empty() {
            thread::yield_now();
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.owner().after(self.0.leave());
    }
}

/// Keeps one notification for the next wait, as tokio's `Notify::notify_one` does.
#[derive(Default)]
struct Notify {
    notified: Mutex<bool>,
    changed: Condvar,
}

impl Notify {
    fn after(&self, left: Left) {
        if left == Left::LastOfShard {
            *self.notified.lock().unwrap() = true;
            self.changed.notify_one();
        }
    }

    fn wait(&self) {
        let mut notified = self.notified.lock().unwrap();
        while !*notified {
            notified = self.changed.wait(notified).unwrap();
        }
        *notified = false;
    }
}

/// A request that comes on its own thread, and uses the resource if it is let in.
fn request<const SHARDS: usize>(work: &'static Work<SHARDS>, slot: usize) -> JoinHandle<()> {
    thread::spawn(move || {
        let guard = work.try_track(slot);
        if guard.is_some() {
            work.use_resource();
        }
    })
}

fn join<T>(threads: impl IntoIterator<Item = JoinHandle<T>>) -> Vec<T> {
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}
