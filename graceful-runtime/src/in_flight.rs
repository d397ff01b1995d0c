//! Work in flight: the guard that counts it, and the drain's wait for the last one.

mod count;
mod sync {
    pub(super) use std::sync::atomic::{AtomicUsize, Ordering};
}

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use self::count::{Count, Left, Shard};

/// More threads than this share shards: still right, only slower. 64 lines of 128 bytes are 8 KiB.
const SHARDS: usize = 64;

/// The count of one program, and the bell that rings when it may have become zero.
#[derive(Debug)]
pub(crate) struct Work {
    count: Count<SHARDS>,
    bell: Notify,
}

impl Work {
    pub(crate) const fn new() -> Self {
        let shards = [const { Shard::new(AtomicUsize::new(0)) }; SHARDS];
        Self { count: Count::new(shards, Shard::new(AtomicUsize::new(0))), bell: Notify::const_new() }
    }

    #[inline]
    pub(crate) fn track(&'static self) -> InFlight {
        let (shard, left) = self.count.enter(slot());
        self.after(left);
        InFlight { shard, work: self }
    }

    #[inline]
    pub(crate) fn try_track(&'static self) -> Result<InFlight, Draining> {
        match self.count.try_enter(slot()) {
            Ok(shard) => Ok(InFlight { shard, work: self }),
            Err(left) => {
                self.after(left);
                Err(Draining(()))
            }
        }
    }

    /// From here on [`Work::try_track`] is refused.
    pub(crate) fn close(&self) {
        self.count.close();
    }

    pub(crate) fn sum(&self) -> usize {
        self.count.sum()
    }

    /// Resolves when nothing is in flight. Call it after [`Work::close`], from one task at a time: there is one bell.
    ///
    /// Cancel safe.
    pub(crate) async fn finished(&self) {
        // A ring that comes between the look and the wait is kept by the bell.
        while !self.count.is_empty() {
            self.bell.notified().await;
        }
    }

    #[inline]
    fn after(&self, left: Left) {
        if left == Left::LastOfShard {
            self.ring();
        }
    }

    #[cold]
    fn ring(&self) {
        self.bell.notify_one();
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
pub struct InFlight {
    shard: &'static Shard,
    work: &'static Work,
}

impl Drop for InFlight {
    #[inline]
    fn drop(&mut self) {
        self.work.after(self.shard.leave());
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
        Box::leak(Box::new(Work::new()))
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
