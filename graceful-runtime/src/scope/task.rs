//! Tasks of a scope. They are tracked as the others of the program, and their failures reach the report of the scope.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::thread;

use tokio::task::JoinHandle;

use super::member::Member;
use super::node::Node;
use super::part::Part;
use crate::in_flight::Kind;
use crate::outcome::{Outcome, message_of};
use crate::task::Identity;
use crate::task::critical::CriticalReturn;

/// Learns how a task without a name ends. One with a name is a [supervised task](crate::task::TaskBuilder).
struct Witness {
    /// The scope that counts the task, and that reports its failure.
    scope: Arc<dyn Part>,
    location: &'static Location<'static>,
    has_failed: bool,
}

impl Witness {
    /// For a task that is spawned in `scope`.
    fn new(scope: &Arc<Node>, location: &'static Location<'static>) -> (Self, Identity) {
        let member = Member::of(scope, Kind::Task);
        let of_member = member.as_ref().map(|member| Arc::clone(member.node()));
        let scope = of_member.unwrap_or_else(|| Arc::<Node>::clone(scope));
        (Self { scope, location, has_failed: false }, Identity { name: None, location, scope: member })
    }

    fn failed(&mut self, outcome: Outcome) {
        self.has_failed = true;
        Arc::clone(&self.scope).task_failed(&self.location.to_string(), outcome);
    }

    /// Runs a task to its end. A panic is recorded, and continues.
    async fn over<F>(mut self, task: F) -> <F::Output as CriticalReturn>::Output
    where
        F: Future<Output: CriticalReturn>,
    {
        // Dropped before the witness, which a destructor's panic must reach.
        let mut task = pin!(task);
        let polled = poll_fn(|context| {
            let poll = || task.as_mut().poll(context).map(CriticalReturn::split);
            catch_unwind(AssertUnwindSafe(poll)).unwrap_or_else(|payload| {
                self.failed(Outcome::Panicked(message_of(&*payload)));
                resume_unwind(payload)
            })
        });
        let (output, failure) = polled.await;
        if let Some(failure) = failure {
            self.failed(Outcome::Failed(failure));
        }
        output
    }

    /// The same for a function that blocks.
    fn over_blocking<T: CriticalReturn>(mut self, job: impl FnOnce() -> T) -> T::Output {
        let (output, failure) = catch_unwind(AssertUnwindSafe(|| job().split())).unwrap_or_else(|payload| {
            self.failed(Outcome::Panicked(message_of(&*payload)));
            resume_unwind(payload)
        });
        if let Some(failure) = failure {
            self.failed(Outcome::Failed(failure));
        }
        output
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        if thread::panicking() && !self.has_failed {
            self.failed(Outcome::Panicked("a panic while it was dropped".to_owned()));
        }
    }
}

impl Node {
    pub(super) fn spawn<F>(
        self: &Arc<Self>,
        location: &'static Location<'static>,
        future: F,
    ) -> JoinHandle<<F::Output as CriticalReturn>::Output>
    where
        F: Future + Send + 'static,
        F::Output: CriticalReturn<Output: Send + 'static> + Send + 'static,
    {
        let (witness, identity) = Witness::new(self, location);
        let tasks = &self.program.tasks;
        tasks.spawn(&self.program.runtime(), tasks.track(identity, witness.over(future)))
    }

    pub(super) fn spawn_blocking<T>(
        self: &Arc<Self>,
        location: &'static Location<'static>,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T::Output>
    where
        T: CriticalReturn<Output: Send + 'static> + 'static,
    {
        let (witness, identity) = Witness::new(self, location);
        self.program.tasks.spawn_blocking(&self.program.runtime(), identity, || witness.over_blocking(job))
    }
}
