//! Tracked tasks. Each is in flight until it ends, and is aborted at the end of the drain.

pub(crate) mod critical;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::{BuildHasherDefault, Hasher};
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};

use crate::in_flight::{InFlight, Kind, Work};
use crate::report::Abandoned;

/// The tracked tasks that have not ended.
pub(crate) struct Tasks {
    work: &'static Work,
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    live: HashMap<TaskId, Live, ById>,
    next: TaskId,
}

struct Live {
    location: &'static Location<'static>,
    name: Option<Arc<str>>,
    /// `None` between the registration and the spawn.
    abort: Option<AbortHandle>,
}

/// A task's entry in the list. Dropping it removes the task from the list and from the work in flight.
struct Entry {
    id: TaskId,
    tasks: &'static Tasks,
    _in_flight: InFlight,
}

/// A task's name and where it was spawned, for the report.
pub(crate) struct Identity {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) location: &'static Location<'static>,
}

/// A future and its entry. The entry is the last field, so it outlives a future that is dropped before its first poll.
struct Load<F> {
    future: F,
    entry: Entry,
}

impl Tasks {
    pub(crate) fn new(work: &'static Work) -> Self {
        Self { work, list: Mutex::default() }
    }

    /// Wraps `future` in a tracked one, for [`Tasks::spawn`]. The caller may wrap it once more.
    pub(crate) fn track<F: Future>(
        &'static self,
        identity: Identity,
        future: F,
    ) -> (TaskId, impl Future<Output = F::Output> + use<F>) {
        let load = Load { future, entry: self.enter(identity) };
        let id = load.entry.id;
        let tracked = async move {
            // Locals are dropped in reverse: first the user's future, then the entry.
            let Load { entry: _entry, future } = load;
            future.await
        };
        (id, tracked)
    }

    pub(crate) fn spawn<F>(&self, runtime: &Handle, (id, tracked): (TaskId, F)) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let task = runtime.spawn(tracked);
        self.started(id, task.abort_handle());
        task
    }

    pub(crate) fn spawn_blocking<T: Send + 'static>(
        &'static self,
        runtime: &Handle,
        identity: Identity,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let entry = self.enter(identity);
        let id = entry.id;
        let task = runtime.spawn_blocking(move || {
            let _entry = entry;
            job()
        });
        self.started(id, task.abort_handle());
        task
    }

    fn enter(&'static self, Identity { name, location }: Identity) -> Entry {
        let mut list = self.list();
        // Under the lock, so that only its holder writes to the count.
        let in_flight = self.work.track_as(Kind::Task);
        let id = list.next;
        list.next += 1;
        list.live.insert(id, Live { location, name, abort: None });
        drop(list);
        Entry { id, tasks: self, _in_flight: in_flight }
    }

    fn started(&self, id: TaskId, abort: AbortHandle) {
        if let Some(live) = self.list().live.get_mut(&id) {
            live.abort = Some(abort);
        }
    }

    /// Aborts all tasks, and returns which they were.
    pub(crate) fn abort_all(&self) -> Vec<Abandoned> {
        let mut abandoned = Vec::new();
        let mut aborts = Vec::new();
        for live in self.list().live.values() {
            abandoned.push(live.abandoned());
            aborts.extend(live.abort.clone());
        }
        // Outside the lock: dropping a task takes it.
        for abort in aborts {
            abort.abort();
        }
        abandoned
    }

    pub(crate) fn abandoned(&self) -> Vec<Abandoned> {
        self.list().live.values().map(Live::abandoned).collect()
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    fn abandoned(&self) -> Abandoned {
        Abandoned::Task { location: self.location.to_string(), name: self.name.as_deref().map(str::to_owned) }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut list = self.tasks.list();
        // The abort handle may be the last owner of the task, so it is dropped after the lock.
        let gone = list.live.remove(&self.id);
        drop(list);
        drop(gone);
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("live", &self.list().live.len()).finish_non_exhaustive()
    }
}

type TaskId = u64;

/// Hashes [`TaskId`]s. A counter assigns them, so nobody can choose ids that collide, and a slower keyed hash is not needed.
type ById = BuildHasherDefault<Spread>;

#[derive(Debug, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    /// Consecutive numbers differ in the lowest bits. The multiplication makes them differ in the highest too: the map uses both.
    fn write_u64(&mut self, number: u64) {
        const GOLDEN_RATIO: u64 = 0x9E37_79B9_7F4A_7C15;
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(GOLDEN_RATIO);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    struct World {
        tasks: &'static Tasks,
        work: &'static Work,
    }

    impl World {
        fn new() -> Self {
            let work = Work::leaked();
            work.close();
            Self { tasks: Box::leak(Box::new(Tasks::new(work))), work }
        }

        fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
            let identity = Identity { name: None, location: Location::caller() };
            self.tasks.spawn(&Handle::current(), self.tasks.track(identity, future))
        }
    }

    #[tokio::test]
    async fn a_task_is_in_flight_until_it_ends() {
        let world = World::new();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let task = world.spawn(async { ended.await.unwrap() });
        assert_eq!((world.tasks.abandoned().len(), world.work.sum()), (1, 1));
        end.send(()).unwrap();
        task.await.unwrap();
        world.work.finished().await;
        assert_eq!((world.tasks.abandoned().len(), world.work.sum()), (0, 0));
    }

    /// Also one that was never polled: its destructor may need the entry as much as its body.
    #[tokio::test]
    async fn a_task_is_gone_when_its_future_is() {
        struct Witness(&'static Tasks);
        impl Drop for Witness {
            fn drop(&mut self) {
                assert_eq!(self.0.abandoned().len(), 1, "the entry is gone before the future");
            }
        }
        for polls in [false, true] {
            let world = World::new();
            let witness = Witness(world.tasks);
            let task = world.spawn(async move {
                let _witness = witness;
                pending::<()>().await;
            });
            if polls {
                tokio::task::yield_now().await;
            }
            let abandoned = world.tasks.abort_all();
            assert!(abandoned[0].to_string().contains("task.rs:"), "{abandoned:?}");
            world.work.finished().await;
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(world.work.sum(), 0);
        }
    }

    #[tokio::test]
    async fn a_panic_ends_a_task_too() {
        let world = World::new();
        let task = world.spawn(async { panic!("of the task") });
        assert!(task.await.unwrap_err().is_panic());
        world.work.finished().await;
        assert_eq!(world.work.sum(), 0);
    }

    #[tokio::test]
    async fn a_watch_tells_when_the_task_is_not_in_flight_any_more() {
        let World { tasks, work } = World::new();
        let identity = Identity { name: None, location: Location::caller() };
        let (id, tracked) = tasks.track(identity, async {});
        let (tell, told) = tokio::sync::oneshot::channel();
        let watch = critical::Watch::new(move |_| tell.send((tasks.abandoned().len(), work.sum())).unwrap());
        tasks.spawn(&Handle::current(), (id, watch.over(tracked)));
        assert_eq!(told.await.unwrap(), (0, 0));
    }
}

#[cfg(test)]
mod tests_of_id {
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    use super::*;

    /// The map finds a slot by the lowest bits, and tells its neighbours apart by the seven highest.
    #[test]
    fn numbers_in_a_row_are_spread_at_both_ends() {
        let hashes = |from: TaskId| (from..from + 128).map(|id| ById::default().hash_one(id));
        for from in [0, 1 << 20, 1 << 40] {
            assert_eq!(hashes(from).map(|hash| hash % 128).collect::<HashSet<_>>().len(), 128);
            assert!(hashes(from).map(|hash| hash >> 57).collect::<HashSet<_>>().len() > 100);
        }
    }
}
