//! What is known of the supervised tasks that have failed at least once: for the health, and for the report.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::health::{ComponentHealth, Health};
use crate::outcome::Outcome;
use crate::registry::{EntryId, List};
use crate::report::SupervisedTask;

/// How many tasks that have ended are remembered. A program may spawn one for each job.
const MAX_ENDED: usize = 100;

pub(crate) struct Records(Mutex<State>);

struct State {
    live: List<Live>,
    /// In the order of their ends.
    ended: VecDeque<SupervisedTask>,
    next: u64,
}

struct Live {
    task: SupervisedTask,
    /// Whether it waits for its next attempt.
    is_down: bool,
}

impl Default for Records {
    fn default() -> Self {
        Self(Mutex::new(State { live: List::new(), ended: VecDeque::new(), next: 0 }))
    }
}

impl Records {
    /// For a task that is spawned: it replaces an earlier one of its name that has failed.
    pub(super) fn spawned(&self, name: &str) {
        for task in self.state().ended.iter_mut().filter(|task| task.name() == name) {
            task.is_final = false;
        }
    }

    /// As components of the program's health. They are degraded and not unhealthy, since the program works without the task, or
    /// shuts down.
    pub(crate) fn components(&self) -> Vec<ComponentHealth> {
        let component = |task: &SupervisedTask, trouble: Option<&str>| {
            let because = |what| Health::Degraded(format!("{what}: attempt {} {}", task.attempts(), task.outcome()));
            ComponentHealth::new(task.name(), trouble.map_or(Health::Healthy, because), Duration::ZERO)
        };
        let state = self.state();
        let live = state.live.values().map(|live| component(&live.task, live.is_down.then_some("restarting")));
        let failed = state.ended.iter().filter(|task| task.is_final);
        live.chain(failed.map(|task| component(task, Some("not restarted")))).collect()
    }

    /// For the report, in the order of their ends.
    pub(crate) fn reports(&self) -> Vec<SupervisedTask> {
        let state = self.state();
        state.ended.iter().chain(state.live.values().map(|live| &live.task)).cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, live: Live) -> EntryId {
        let id = EntryId(self.next);
        self.next += 1;
        self.live.push(id, live);
        id
    }

    /// Returns the task that is forgotten for it.
    fn end(&mut self, task: SupervisedTask) -> Option<SupervisedTask> {
        self.ended.push_back(task);
        if self.ended.len() > MAX_ENDED { self.ended.pop_front() } else { None }
    }
}

/// The record of one task. It exists after the first failure, and dropping it says that the task has ended.
///
/// What is replaced is dropped outside the lock, since the destructor of an error is the user's code.
pub(super) struct Record {
    records: &'static Records,
    pub(super) name: Arc<str>,
    live: Option<EntryId>,
}

impl Record {
    pub(super) fn new(records: &'static Records, name: Arc<str>) -> Self {
        Self { records, name, live: None }
    }

    /// Records that an attempt has failed, and that another one follows after a pause.
    pub(super) fn down(&mut self, attempt: u32, failure: &Outcome) {
        let live = Live { task: self.task(attempt, failure), is_down: true };
        let mut state = self.records.state();
        let replaced = match self.live.and_then(|id| state.live.get_mut(id)) {
            Some(before) => Some(mem::replace(before, live)),
            None => {
                self.live = Some(state.add(live));
                None
            }
        };
        drop(state);
        drop(replaced);
    }

    /// Records that the next attempt runs.
    pub(super) fn restarted(&mut self, attempt: u32) {
        let mut state = self.records.state();
        if let Some(live) = self.live.and_then(|id| state.live.get_mut(id)) {
            live.task.attempts = attempt;
            live.is_down = false;
        }
    }

    /// Records that an attempt has failed, and that none follows.
    pub(super) fn failed(&mut self, attempt: u32, failure: &Outcome) {
        let mut task = self.task(attempt, failure);
        task.is_final = true;
        let mut state = self.records.state();
        let replaced = self.live.take().and_then(|id| state.live.remove(id, |_| true));
        let forgotten = state.end(task);
        drop(state);
        drop((replaced, forgotten));
    }

    fn task(&self, attempt: u32, failure: &Outcome) -> SupervisedTask {
        SupervisedTask::new(&self.name, attempt, failure.clone())
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let Some(id) = self.live else { return };
        let mut state = self.records.state();
        let forgotten = state.live.remove(id, |_| true).and_then(|live| state.end(live.task));
        drop(state);
        drop(forgotten);
    }
}
