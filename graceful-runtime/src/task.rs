//! Tracked tasks. Each is in flight until it ends, and is aborted at the end of the drain. Supervised ones are restarted, or
//! start the shutdown, when they end.

mod attempt;
mod backoff;
pub(crate) mod critical;
mod records;
mod supervised;

use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};

pub(crate) use self::attempt::End;
pub use self::backoff::Backoff;
pub(crate) use self::records::Records;
pub use self::supervised::{OnError, TaskBuilder};
use crate::in_flight::{InFlight, Kind, Work};
use crate::report::Abandoned;
use crate::scope::{Member, Part};

/// The tracked tasks that have not ended.
pub(crate) struct Tasks {
    work: &'static Work,
    list: Mutex<List>,
}

/// Each task has a place, which a later one takes over.
#[derive(Default)]
struct List {
    places: Vec<Place>,
    /// The first free place, or the number of places.
    free: usize,
    entered: u32,
}

enum Place {
    Taken(Live),
    Free { next: usize },
}

/// A task's place. The number tells it from an earlier task that had the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TaskId {
    place: usize,
    number: u32,
}

struct Live {
    number: u32,
    location: &'static Location<'static>,
    name: Option<Arc<str>>,
    /// Counts it in its scope, beside the program. Boxed, since most tasks are in none.
    scope: Option<Box<Member>>,
    /// `None` between the registration and the spawn, and after the cut of its scope.
    abort: Option<AbortHandle>,
}

/// A task that is to be aborted because its scope is cut.
pub(crate) struct Doomed {
    pub(crate) scope: Arc<dyn Part>,
    pub(crate) what: Abandoned,
    pub(crate) abort: AbortHandle,
}

/// A task's entry in the list. Dropping it removes the task from the list and from the work in flight.
struct Entry {
    id: TaskId,
    tasks: &'static Tasks,
    /// `None` once it is dropped.
    in_flight: Option<InFlight>,
}

/// A task's name and where it was spawned, for the report, and its scope.
pub(crate) struct Identity {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) scope: Option<Member>,
}

pin_project! {
    /// A future and its entry, which is dropped after it. An `async` block would have room for the future twice.
    pub(crate) struct Tracked<F> {
        #[pin]
        future: F,
        entry: Entry,
    }
}

impl<F: Future> Future for Tracked<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(context)
    }
}

impl Tasks {
    pub(crate) fn new(work: &'static Work) -> Self {
        Self { work, list: Mutex::default() }
    }

    /// Wraps `future` in a tracked one, for [`Tasks::spawn`]. The caller may wrap it once more.
    pub(crate) fn track<F: Future>(&'static self, identity: Identity, future: F) -> (TaskId, Tracked<F>) {
        let entry = self.enter(identity);
        (entry.id, Tracked { future, entry })
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

    fn enter(&'static self, Identity { name, location, scope }: Identity) -> Entry {
        let scope = scope.map(Box::new);
        let mut list = self.list();
        // Under the lock, so that only its holder writes to the count.
        let in_flight = self.work.track_as(Kind::Task);
        let id = list.insert(location, name, scope);
        drop(list);
        Entry { id, tasks: self, in_flight: Some(in_flight) }
    }

    fn started(&self, id: TaskId, abort: AbortHandle) {
        let mut list = self.list();
        // Not if the task has ended already.
        if let Some(Place::Taken(live)) = list.places.get_mut(id.place)
            && live.number == id.number
        {
            live.abort = Some(abort);
            // The cut of the scope may have come before.
            let doomed =
                live.scope.as_ref().is_some_and(|member| member.node().is_cut()).then(|| live.doom()).flatten();
            drop(list);
            doomed.into_iter().for_each(Doomed::abort);
        }
    }

    /// Takes the tasks of these scopes that were not taken before.
    pub(crate) fn take_of_scopes(&self, is_one: impl Fn(&dyn Part) -> bool) -> Vec<Doomed> {
        let mut list = self.list();
        let of_scopes =
            list.live_mut().filter(|live| live.scope.as_ref().is_some_and(|member| is_one(&**member.node())));
        of_scopes.filter_map(Live::doom).collect()
    }

    /// Aborts all tasks, and returns which they were.
    pub(crate) fn abort_all(&self) -> Vec<Abandoned> {
        let mut abandoned = Vec::new();
        let mut aborts = Vec::new();
        let mut doomed = Vec::new();
        for live in self.list().live_mut() {
            abandoned.push(live.abandoned());
            doomed.extend(live.doom());
            aborts.extend(live.abort.clone());
        }
        // Outside the lock: dropping a task takes it.
        for abort in aborts {
            abort.abort();
        }
        doomed.into_iter().for_each(Doomed::abort);
        abandoned
    }

    pub(crate) fn abandoned(&self) -> Vec<Abandoned> {
        self.list().live().map(Live::abandoned).collect()
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl List {
    fn insert(
        &mut self,
        location: &'static Location<'static>,
        name: Option<Arc<str>>,
        scope: Option<Box<Member>>,
    ) -> TaskId {
        let (place, number) = (self.free, self.entered);
        self.entered = number.wrapping_add(1);
        let live = Place::Taken(Live { number, location, name, scope, abort: None });
        match self.places.get_mut(place) {
            Some(free) => {
                if let Place::Free { next } = mem::replace(free, live) {
                    self.free = next;
                }
            }
            None => {
                self.places.push(live);
                self.free = self.places.len();
            }
        }
        TaskId { place, number }
    }

    fn remove(&mut self, id: TaskId) -> Option<Place> {
        let free = Place::Free { next: mem::replace(&mut self.free, id.place) };
        self.places.get_mut(id.place).map(|place| mem::replace(place, free))
    }

    fn live(&self) -> impl Iterator<Item = &Live> {
        self.places.iter().filter_map(|place| match place {
            Place::Taken(live) => Some(live),
            Place::Free { .. } => None,
        })
    }

    fn live_mut(&mut self) -> impl Iterator<Item = &mut Live> {
        self.places.iter_mut().filter_map(|place| match place {
            Place::Taken(live) => Some(live),
            Place::Free { .. } => None,
        })
    }
}

impl Live {
    fn abandoned(&self) -> Abandoned {
        Abandoned::Task {
            location: self.location.to_string(),
            name: self.name.as_deref().map(str::to_owned),
            scope: self.scope.as_ref().map(|member| member.node().path().to_owned()),
        }
    }

    fn doom(&mut self) -> Option<Doomed> {
        let (scope, abort) = (Arc::clone(self.scope.as_ref()?.node()), self.abort.take()?);
        Some(Doomed { scope, what: self.abandoned(), abort })
    }
}

impl Doomed {
    /// Names it in the report of its scope, and aborts it.
    pub(crate) fn abort(self) {
        self.scope.abandon(self.what);
        self.abort.abort();
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut list = self.tasks.list();
        let gone = list.remove(self.id);
        // After the lock, since the abort handle may be the last owner of the task.
        drop(list);
        // Before what waits for the scope, which finds the program without the task.
        self.in_flight = None;
        drop(gone);
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("live", &self.list().live().count()).finish_non_exhaustive()
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
            let identity = Identity { name: None, location: Location::caller(), scope: None };
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
    async fn a_task_that_has_ended_has_no_hold_on_the_one_in_its_place() {
        let World { tasks, .. } = World::new();
        let enter = || tasks.enter(Identity { name: None, location: Location::caller(), scope: None });
        let ended = enter().id;
        let live = enter();
        assert_eq!(ended.place, live.id.place);
        let other = tokio::spawn(pending::<()>());
        tasks.started(ended, other.abort_handle());
        assert_eq!(tasks.abort_all().len(), 1);
        tokio::task::yield_now().await;
        assert!(!other.is_finished());
    }

    /// The task is allocated in steps of 128 bytes.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_task_is_as_small_as_without_scopes() {
        assert_eq!((size_of::<Tracked<[u8; 64]>>(), size_of::<Place>()), (64 + 32, 48));
    }

    #[tokio::test]
    async fn a_panic_ends_a_task_too() {
        let world = World::new();
        let task = world.spawn(async { panic!("of the task") });
        assert!(task.await.unwrap_err().is_panic());
        world.work.finished().await;
        assert_eq!(world.work.sum(), 0);
    }

    /// What it leaves in the report is there before the drain can end, and the shutdown does not begin with it in flight.
    #[tokio::test]
    async fn a_watcher_learns_of_the_end_while_the_task_is_in_flight_and_afterwards() {
        struct Watcher(&'static Tasks, tokio::sync::oneshot::Sender<()>);
        impl attempt::Watcher for Watcher {
            fn ended(&self, _: &End, _: u32) {
                assert_eq!((self.0.abandoned().len(), self.0.work.sum()), (1, 1));
            }

            fn gone(self, _: End) {
                assert_eq!((self.0.abandoned().len(), self.0.work.sum()), (0, 0));
                self.1.send(()).unwrap();
            }
        }

        let World { tasks, .. } = World::new();
        let identity = Identity { name: None, location: Location::caller(), scope: None };
        let (id, tracked) = tasks.track(identity, attempt::attempt(|| async {}));
        let (tell, told) = tokio::sync::oneshot::channel();
        tasks.spawn(&Handle::current(), (id, attempt::Watched::new(tracked, Watcher(tasks, tell))));
        told.await.unwrap();
    }
}
