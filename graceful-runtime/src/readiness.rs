//! Readiness: whether traffic should come here, whether it ever should, and who waits for that.
//!
//! The program is ready if every part of it is ready, and if it has said so or has a part. [`Readiness`] is one part. Whether
//! the whole is ready is one atomic. Only the names of the parts that are not ready take a lock, and nobody waits under it.

mod part;
#[cfg(test)]
mod tests;

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use graceful_core::sort::sorted;
use graceful_core::text::{escape, join};
use tokio::sync::watch;

pub use self::part::{Readiness, readiness};
use crate::health::{ComponentHealth, Health};

#[derive(Default)]
pub(crate) struct ProgramReadiness {
    parts: watch::Sender<Parts>,
    /// Whether the whole is ready. Written under the lock of `parts`, from which it is derived.
    is_ready: AtomicBool,
    /// Set when the whole was ready for the first time.
    was_ready: AtomicBool,
    probes_wait: AtomicBool,
    systemd_waits: AtomicBool,
}

/// Which platforms wait until the program is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The clients of its probes.
    pub(crate) probes: bool,
    /// systemd, which waits for `READY=1`.
    pub(crate) systemd: bool,
}

impl ProgramReadiness {
    /// Changes what the program has said. Calls `turned` if the whole turns ready or not ready, in the order of these turns,
    /// under the lock: it must not wait.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Parts) -> bool, turned: impl FnOnce(&Parts)) {
        self.parts.send_if_modified(|parts| {
            let modified = change(parts);
            let is_ready = parts.are_ready();
            if is_ready {
                self.was_ready.store(true, Ordering::Relaxed);
            }
            if self.is_ready.swap(is_ready, Ordering::Release) != is_ready {
                turned(parts);
            }
            modified
        });
    }

    /// Whether it is ready now.
    pub(crate) fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }

    /// Whether it was ever ready.
    pub(crate) fn was_ready(&self) -> bool {
        self.was_ready.load(Ordering::Relaxed)
    }

    /// The parts that are not ready, ordered by name. None of them if the program has only not said yet that it is ready.
    /// `None` if it is ready.
    #[cfg_attr(
        not(any(feature = "json", all(feature = "systemd", target_os = "linux"))),
        allow(dead_code, reason = "there may be nobody to notify")
    )]
    pub(crate) fn not_ready(&self) -> Option<Vec<ComponentHealth>> {
        if self.is_ready() {
            return None;
        }
        let parts = self.parts.borrow();
        (!parts.are_ready()).then(|| parts.not_ready())
    }

    /// Why a part is not ready. `None` if it is, or was removed.
    fn why_not(&self, id: PartId) -> Option<Arc<str>> {
        match &self.parts.borrow().list.iter().find(|part| part.id == id)?.state {
            State::Ready => None,
            State::NotReady(why) => Some(Arc::clone(why)),
        }
    }

    /// All parts, ordered by name.
    pub(crate) fn parts(&self) -> Vec<ComponentHealth> {
        self.parts.borrow().health(|_| true)
    }

    /// Observes what the program says.
    #[cfg(all(feature = "systemd", target_os = "linux"))]
    pub(crate) fn subscribe(&self) -> watch::Receiver<Parts> {
        self.parts.subscribe()
    }

    /// Records that the program answers probes.
    #[cfg(any(test, feature = "axum", feature = "probes"))]
    pub(crate) fn probes_wait(&self) {
        self.probes_wait.store(true, Ordering::Relaxed);
    }

    /// Records that systemd is notified.
    #[cfg(any(test, all(feature = "systemd", target_os = "linux")))]
    pub(crate) fn systemd_waits(&self) {
        self.systemd_waits.store(true, Ordering::Relaxed);
    }

    /// Who waits, if it was never ready.
    pub(crate) fn waiting(&self) -> Option<Waiting> {
        let probes = self.probes_wait.load(Ordering::Relaxed);
        let systemd = self.systemd_waits.load(Ordering::Relaxed);
        (!self.was_ready() && (probes || systemd)).then_some(Waiting { probes, systemd })
    }
}

/// Why a program is not ready that was: its parts were removed, and it never called `ready()`.
pub(crate) const NO_PART: &str = "no part is left";

/// What the program has said of its readiness. Each change returns whether it changes anything.
#[derive(Default)]
pub(crate) struct Parts {
    /// Whether `ready()` was called.
    said: bool,
    /// In the order of their creation.
    list: Vec<Part>,
    next: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartId(u64);

struct Part {
    id: PartId,
    name: Arc<str>,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Ready,
    /// With the reason.
    NotReady(Arc<str>),
}

impl Parts {
    /// Records that `ready()` was called.
    pub(crate) fn say_ready(&mut self) -> bool {
        !mem::replace(&mut self.said, true)
    }

    /// Adds a part that is not ready.
    fn add(&mut self, name: Arc<str>) -> PartId {
        let id = PartId(self.next);
        self.next += 1;
        self.list.push(Part { id, name, state: State::NotReady("starting".into()) });
        id
    }

    fn set(&mut self, id: PartId, state: State) -> bool {
        let part = self.list.iter_mut().find(|part| part.id == id);
        part.is_some_and(|part| mem::replace(&mut part.state, state.clone()) != state)
    }

    fn remove(&mut self, id: PartId) -> bool {
        let place = self.list.iter().position(|part| part.id == id);
        place.map(|place| self.list.remove(place)).is_some()
    }

    fn are_ready(&self) -> bool {
        (self.said || !self.list.is_empty()) && self.list.iter().all(Part::is_ready)
    }

    /// Whether there was ever one.
    pub(crate) fn existed(&self) -> bool {
        self.next > 0
    }

    /// Those that are not ready, ordered by name.
    pub(crate) fn not_ready(&self) -> Vec<ComponentHealth> {
        self.health(|part| !part.is_ready())
    }

    fn health(&self, wanted: impl Fn(&Part) -> bool) -> Vec<ComponentHealth> {
        let health = |part: &Part| {
            let health = match &part.state {
                State::Ready => Health::Healthy,
                State::NotReady(why) => Health::Unhealthy(why.to_string()),
            };
            ComponentHealth::new(&part.name, health, Duration::ZERO)
        };
        let parts = self.list.iter().filter(|part| wanted(part)).map(health).collect();
        sorted(parts, |a: &ComponentHealth, b| a.name().cmp(b.name()))
    }
}

impl Part {
    fn is_ready(&self) -> bool {
        self.state == State::Ready
    }
}

/// The parts that are not ready with their reasons, on one line: "consumer: starting; warm-up: filling the cache".
pub(crate) fn reasons(parts: &[ComponentHealth]) -> String {
    if parts.is_empty() {
        return NO_PART.to_owned();
    }
    let reason = |part: &ComponentHealth| match part.message() {
        Some(why) => format!("{}: {}", escape(part.name()), escape(why)),
        None => escape(part.name()),
    };
    join(&parts.iter().map(reason).collect::<Vec<_>>(), "; ")
}
