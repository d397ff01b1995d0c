//! Work in flight: the guard that counts it, and the drain's wait for the last one.

mod connections;
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

#[cfg(any(feature = "axum", test))]
pub(crate) use self::connections::Describe;
#[cfg(feature = "axum")]
pub(crate) use self::connections::ForcedEnd;
pub(crate) use self::connections::{Connections, Described, Ended};
pub(crate) use self::count::Kind;
use self::count::{Count, Left, Shard};
use crate::spawn::Boxed;

/// More threads than this share shards: still right, only slower. 64 lines of 128 bytes are 8 KiB.
const SHARDS: usize = 64;

/// What one program has in flight.
#[derive(Debug)]
pub(crate) struct Work {
    count: Count<Emptied, SHARDS>,
    emptied: Emptied,
}

/// The process's own. Not in its program, so that the path of every request finds it without a check.
pub(crate) static WORK: Work = Work {
    count: Count::new(
        [const { Shard::new(AtomicUsize::new(0), None) }; SHARDS],
        [const { Shard::new(AtomicUsize::new(0), None) }; 3],
        AtomicUsize::new(0),
    ),
    emptied: None,
};

/// What is notified when nothing may be in flight any more. `None` is [`EMPTIED`], so that [`WORK`] is all zero and takes
/// no room in the binary.
type Emptied = Option<&'static Notify>;

static EMPTIED: Notify = Notify::const_new();

impl Work {
    /// One that is never dropped, for a program that is not this process.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn leaked() -> &'static Self {
        let emptied: &Notify = Box::leak(Box::default());
        let shard = |_| Shard::new(Default::default(), Some(emptied));
        let count = Count::new(array::from_fn(shard), array::from_fn(shard), AtomicUsize::default());
        Box::leak(Box::new(Self { count, emptied: Some(emptied) }))
    }

    #[inline]
    pub(crate) fn track(&'static self) -> InFlight {
        let (shard, left) = self.count.enter(slot());
        self.notify(left);
        InFlight(shard)
    }

    /// Counts a task or a connection until the guard is dropped.
    pub(crate) fn track_as(&'static self, kind: Kind) -> InFlight {
        InFlight(self.count.enter_as(kind))
    }

    #[inline]
    pub(crate) fn try_track(&'static self) -> Result<InFlight, DrainingError> {
        self.count.try_enter(slot()).map(InFlight).map_err(|left| self.refuse(left))
    }

    #[cold]
    fn refuse(&self, left: Left) -> DrainingError {
        self.notify(left);
        DrainingError(())
    }

    #[inline]
    fn notify(&self, left: Left) {
        if left == Left::LastOfShard {
            self.emptied.unwrap_or(&EMPTIED).notify_one();
        }
    }

    /// [`Work::try_track`] is refused after this.
    pub(crate) fn close(&self) {
        self.count.close();
    }

    /// Whether anything was ever counted. Of guards that have ended only the process's own count knows: each thread that has
    /// counted one has a slot.
    pub(crate) fn was_counted(&self) -> bool {
        self.emptied.is_none() && SLOTS.load(Ordering::Relaxed) > 0 || self.count.has_tallied() || self.sum() > 0
    }

    /// Resolves when nothing is in flight and `is_idle`. That is asked again whenever something in flight has ended.
    ///
    /// Call it as [`Work::finished`], also before [`Work::close`]. Cancel safe.
    pub(crate) async fn idle(&self, is_idle: impl Fn() -> bool + Sync) {
        self.count.watch();
        self.until(&|| self.count.is_empty() && is_idle()).await;
    }

    /// How much of each kind is in flight.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            connections: self.count.len(Kind::Connection),
            tasks: self.count.len(Kind::Task),
            guards: self.count.guards(),
        }
    }

    /// How much is in flight.
    pub(crate) fn sum(&self) -> usize {
        let Counts { connections, tasks, guards } = self.counts();
        connections + tasks + guards
    }

    /// Resolves when nothing is in flight. Call it after [`Work::close`], and from one task at a time, as one is notified.
    ///
    /// Cancel safe.
    pub(crate) async fn finished(&self) {
        self.until(&|| self.count.is_empty()).await;
    }

    /// Resolves when no task and no connection is left. Call it as [`Work::finished`]. Cancel safe.
    pub(crate) async fn tasks_and_connections_finished(&self) {
        self.until(&|| self.count.len(Kind::Task) + self.count.len(Kind::Connection) == 0).await;
    }

    #[inline(never)]
    fn until<'a>(&'a self, is_true: &'a (dyn Fn() -> bool + Sync)) -> Boxed<'a> {
        Box::pin(async move {
            // A notification between the look and the wait is kept.
            while !is_true() {
                self.emptied.unwrap_or(&EMPTIED).notified().await;
            }
        })
    }
}

/// How much work of each kind is in flight. Each piece of work is counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) connections: usize,
    pub(crate) tasks: usize,
    pub(crate) guards: usize,
}

/// How many slots threads have taken.
static SLOTS: AtomicUsize = AtomicUsize::new(0);

/// This thread's slot. Threads take them in turn, so up to [`SHARDS`] threads have one each.
#[inline]
fn slot() -> usize {
    const NONE: usize = usize::MAX;
    thread_local!(static SLOT: Cell<usize> = const { Cell::new(NONE) });

    #[cold]
    fn take() -> usize {
        SLOTS.fetch_add(1, Ordering::Relaxed) % SHARDS
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
/// Returned by [`track`](crate::track) and [`try_track`](crate::try_track). It can be dropped on any thread. Bind it to
/// a name: `let _ = graceful::track();` drops it at once. rustc's lint `let_underscore_drop` finds that.
///
/// Taking and dropping a guard costs one atomic instruction each. Up to 64 threads use a cache line each.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::InFlight;
///
/// struct Upload {
///     bytes: Vec<u8>,
///     _in_flight: InFlight,
/// }
///
/// let upload = Upload { bytes: Vec::new(), _in_flight: graceful::track() };
/// assert_eq!(graceful::in_flight(), 1);
/// # drop((upload.bytes, upload._in_flight));
/// # assert_eq!(graceful::in_flight(), 0);
/// ```
#[must_use = "the guard is dropped at once, and the drain does not wait; bind it to a name: `let _in_flight = ..`, not `let _ = ..`"]
pub struct InFlight(&'static Shard<Emptied>);

impl Drop for InFlight {
    #[inline]
    fn drop(&mut self) {
        if self.0.leave() == Left::LastOfShard {
            self.0.owner().unwrap_or(&EMPTIED).notify_one();
        }
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight").finish_non_exhaustive()
    }
}

/// The error of [`try_track`](crate::try_track): new work is refused, because the service is draining.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// graceful::request_shutdown();
/// if let Err(draining) = graceful::try_track() {
///     assert_eq!(draining.to_string(), "the service is draining and takes no new work");
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DrainingError(());

impl fmt::Display for DrainingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the service is draining and takes no new work")
    }
}

impl Error for DrainingError {}

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
        assert_eq!(work.try_track().unwrap_err(), DrainingError(()));
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
    async fn each_piece_of_work_is_counted_once() {
        let work = work();
        let (task, guard) = (work.track_as(Kind::Task), work.track());
        work.close();
        let (connection, late_guard) = (work.track_as(Kind::Connection), work.track());
        assert_eq!(work.counts(), Counts { connections: 1, tasks: 1, guards: 2 });
        drop((task, guard, late_guard));
        assert_eq!(work.counts(), Counts { connections: 1, tasks: 0, guards: 0 });
        let waiting = tokio::spawn(work.finished());
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(connection);
        waiting.await.unwrap();
        assert_eq!(work.sum(), 0);
    }

    #[test]
    fn a_guard_is_one_pointer() {
        assert_eq!(size_of::<InFlight>(), size_of::<usize>(), "each request carries one");
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
