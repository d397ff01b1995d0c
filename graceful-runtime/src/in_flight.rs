//! Work in flight: the guard that counts it, and the drain's wait for the last one.

mod count;
mod sync {
    pub(super) use std::sync::atomic::{AtomicUsize, Ordering};
}

#[cfg(any(test, feature = "testing"))]
use std::array;
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use self::count::{Count, Left, Shard};

/// More threads than this share shards: still right, only slower. 64 lines of 128 bytes are 8 KiB.
const SHARDS: usize = 64;

/// What one program has in flight.
#[derive(Debug)]
pub(crate) struct Work {
    count: Count<BellOf, SHARDS>,
    bell: &'static Bell,
}

/// The process's own. Not in its program, so that the path of every request finds it without a check.
pub(crate) static WORK: Work = Work {
    count: Count::new([const { Shard::new(AtomicUsize::new(0), None) }; SHARDS], Shard::new(AtomicUsize::new(0), None)),
    bell: &BELL,
};

static BELL: Bell = Bell::new();

/// `None` is [`BELL`]: so the shards of the process are all zero, and take no room in its file.
type BellOf = Option<&'static Bell>;

impl Work {
    /// One that is never dropped, for a program that is not this process.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn leaked() -> &'static Self {
        let bell: &Bell = Box::leak(Box::new(Bell::new()));
        let shard = || Shard::new(AtomicUsize::new(0), Some(bell));
        Box::leak(Box::new(Self { count: Count::new(array::from_fn(|_| shard()), shard()), bell }))
    }

    #[inline]
    pub(crate) fn track(&'static self) -> InFlight {
        let (shard, left) = self.count.enter(slot());
        self.bell.after(left);
        InFlight(shard)
    }

    #[inline]
    pub(crate) fn try_track(&'static self) -> Result<InFlight, Draining> {
        self.count.try_enter(slot()).map(InFlight).map_err(|left| self.refuse(left))
    }

    #[cold]
    fn refuse(&self, left: Left) -> Draining {
        self.bell.after(left);
        Draining(())
    }

    /// From here on [`Work::try_track`] is refused.
    pub(crate) fn close(&self) {
        self.count.close();
    }

    pub(crate) fn sum(&self) -> usize {
        self.count.sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count.is_empty()
    }

    /// Resolves when nothing is in flight. Call it after [`Work::close`], from one task at a time: there is one bell.
    ///
    /// Cancel safe.
    pub(crate) async fn finished(&self) {
        self.finished_by(&self.bell.far).await;
    }

    /// As [`Work::finished`], and told a little earlier: for one task that runs where the work does.
    pub(crate) async fn finished_nearby(&self) {
        self.finished_by(&self.bell.near).await;
    }

    async fn finished_by(&self, bell: &Notify) {
        // A ring that comes between the look and the wait is kept by the bell.
        while !self.count.is_empty() {
            bell.notified().await;
        }
    }

    /// Wakes the one that waits for [`Work::finished`], to look once more.
    pub(crate) fn ring(&self) {
        self.bell.far.notify_one();
    }
}

/// Rings when nothing may be in flight any more: first where the work was, which most likely needs no other thread, then at
/// the supervisor's.
#[derive(Debug)]
struct Bell {
    near: Notify,
    far: Notify,
}

impl Bell {
    const fn new() -> Self {
        Self { near: Notify::const_new(), far: Notify::const_new() }
    }

    #[inline]
    fn after(&self, left: Left) {
        if left == Left::LastOfShard {
            self.ring();
        }
    }

    #[cold]
    fn ring(&self) {
        self.near.notify_one();
        self.far.notify_one();
    }
}

/// This thread's slot. Threads take them in turn, so up to [`SHARDS`] threads have one each.
#[inline]
fn slot() -> usize {
    const NONE: usize = usize::MAX;
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static SLOT: Cell<usize> = const { Cell::new(NONE) });

    #[cold]
    fn take() -> usize {
        NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS
    }

    SLOT.with(|slot| {
        if slot.get() == NONE {
            slot.set(take());
        }
        slot.get()
    })
}

/// One piece of work in flight: the drain waits until it is dropped.
///
/// Made by [`track`](crate::track) and [`try_track`](crate::try_track). Taking and dropping one costs an atomic
/// instruction each on a cache line that the thread has to itself; it may be dropped on any thread.
#[must_use = "work counts as in flight only as long as its guard lives"]
pub struct InFlight(&'static Shard<BellOf>);

impl Drop for InFlight {
    #[inline]
    fn drop(&mut self) {
        if self.0.leave() == Left::LastOfShard {
            self.0.bell().unwrap_or(&BELL).ring();
        }
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight").finish_non_exhaustive()
    }
}

/// New work is refused: the service is draining.
///
/// The error of [`try_track`](crate::try_track).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draining(());

impl fmt::Display for Draining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the service is draining and takes no new work")
    }
}

impl Error for Draining {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use super::*;

    fn work() -> &'static Work {
        Work::leaked()
    }

    #[test]
    fn a_guard_counts_until_it_is_dropped_wherever_that_is() {
        let work = work();
        let here = work.try_track().unwrap();
        let there = work.track();
        assert_eq!(work.sum(), 2);
        thread::spawn(move || drop(there)).join().unwrap();
        assert_eq!(work.sum(), 1);
        drop(here);
        assert_eq!(work.sum(), 0);
    }

    #[tokio::test]
    async fn once_closed_only_track_counts() {
        let work = work();
        let before = work.try_track().unwrap();
        work.close();
        assert_eq!(work.try_track().unwrap_err(), Draining(()));
        let after = work.track();
        assert_eq!(work.sum(), 2);
        drop(before);
        let waiting = tokio::spawn(work.finished());
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(after);
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn the_last_guard_is_heard_of_nearby_too() {
        let work = work();
        let guard = work.track();
        work.close();
        let (near, far) = (tokio::spawn(work.finished_nearby()), tokio::spawn(work.finished()));
        tokio::task::yield_now().await;
        assert!(!near.is_finished() && !far.is_finished());
        drop(guard);
        near.await.unwrap();
        far.await.unwrap();
        assert!(size_of::<InFlight>() == size_of::<usize>(), "it is carried along with each request");
    }

    /// What more threads than shards do to each other, and to the one that closes.
    #[test]
    fn nothing_is_lost_between_check_and_count() {
        let work = work();
        let closed = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..SHARDS + 8 {
                scope.spawn(|| {
                    while !closed.load(Ordering::Acquire) {
                        let guard = work.try_track();
                        drop(guard);
                    }
                    assert!(work.try_track().is_err());
                });
            }
            work.close();
            closed.store(true, Ordering::Release);
        });
        assert_eq!(work.sum(), 0);
        assert!(work.count.is_empty());
    }
}
