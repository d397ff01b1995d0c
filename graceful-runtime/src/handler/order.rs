//! Handlers that run after others: what names one, and its place in a list.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use graceful_core::HandlerPhase;
use graceful_core::order::{Contradiction, Place};
use graceful_core::plan::{self, Before, PlannedHandler};
use graceful_core::record::piece::Named;
use graceful_core::sort::sorted;

use super::run::Run;
use super::{Handler, Late};
use crate::error::{Error, ErrorKind};
use crate::registry::{Entries, Linked};
use crate::sequence::chains;

/// Identifies a handler for those that run after it.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    Linked(Named<'static>),
    /// The name. No other handler has the same address.
    Late(Arc<str>),
}

impl Key {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Linked(a), Self::Linked(b)) => (a.path, a.location).cmp(&(b.path, b.location)),
            (Self::Late(a), Self::Late(b)) => Arc::as_ptr(a).cast::<u8>().cmp(&Arc::as_ptr(b).cast::<u8>()),
            (Self::Linked(_), Self::Late(_)) => Ordering::Less,
            (Self::Late(_), Self::Linked(_)) => Ordering::Greater,
        }
    }
}

impl Linked<Handler> {
    fn key(&self) -> Key {
        let description = (self.description)();
        Key::Linked(Named { path: description.path, location: description.location })
    }
}

impl Late {
    fn key(&self) -> Key {
        Key::Late(Arc::clone(&self.name))
    }
}

/// What orders handlers of which some run after others. It is reached only through this, from a handler that does, so that it is
/// not linked into other programs.
pub(crate) struct Chaining {
    pub(super) resolve: Resolve,
    pub(super) before: BeforeEach,
    pub(super) in_order: fn(Vec<Run>) -> Vec<Run>,
    pub(crate) plan_in_order: fn(Vec<PlannedHandler>) -> Vec<PlannedHandler>,
    pub(crate) run: chains::RunChains,
}

type BeforeEach = fn(&Handlers<'_>, &dyn Fn(HandlerPhase) -> bool) -> Vec<Vec<Before>>;

type Resolve = fn(&Handlers<'_>, &mut Late, Option<i32>, &[String]) -> Result<(), Error>;

pub(crate) static CHAINING: Chaining =
    Chaining { resolve, before, in_order: taken_in_order, plan_in_order: plan::in_order, run: chains::run };

fn taken_in_order(handlers: Vec<Run>) -> Vec<Run> {
    plan::in_order_by(handlers, |handler| &handler.planned, |handler| &mut handler.planned)
}

impl fmt::Debug for Chaining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chaining").finish_non_exhaustive()
    }
}

/// What a linked handler runs after.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct After {
    handlers: fn() -> &'static [Named<'static>],
    chaining: &'static Chaining,
}

impl After {
    #[must_use]
    pub const fn new(handlers: fn() -> &'static [Named<'static>]) -> Self {
        Self { handlers, chaining: &CHAINING }
    }

    fn keys(self) -> Vec<Key> {
        (self.handlers)().iter().copied().map(Key::Linked).collect()
    }
}

/// What a handler runs after that is registered at run time.
#[derive(Debug)]
pub(crate) struct LateAfter {
    keys: Vec<Key>,
    chaining: &'static Chaining,
}

/// All handlers of the registry.
pub(super) struct Handlers<'a> {
    pub(super) linked: &'a [&'static Linked<Handler>],
    pub(super) entries: &'a Entries<Handler>,
}

impl Handlers<'_> {
    /// `None` if no handler runs after others.
    pub(super) fn chaining(&self) -> Option<&'static Chaining> {
        let linked = self.linked.iter().find_map(|linked| linked.role.after).map(|after| after.chaining);
        linked.or_else(|| self.entries.list.values().find_map(|late| late.after.as_ref()).map(|after| after.chaining))
    }

    /// Sets which handlers those of a list run after. The list has the handlers of the phases that are `listed`, in the order of
    /// the registry.
    pub(super) fn set_chains<'h>(
        &self,
        chaining: &Chaining,
        listed: &dyn Fn(HandlerPhase) -> bool,
        handlers: impl Iterator<Item = &'h mut PlannedHandler>,
    ) {
        for (handler, before) in handlers.zip((chaining.before)(self, listed)) {
            handler.set_after(before);
        }
    }
}

/// For each handler of the phases that are `listed`, in the order of the registry, those that it runs after.
fn before(handlers: &Handlers<'_>, listed: &dyn Fn(HandlerPhase) -> bool) -> Vec<Vec<Before>> {
    let index = index(handlers, listed);
    let linked = handlers.linked.iter().filter(|linked| listed(linked.role.phase));
    let linked = linked.map(|linked| linked.role.after.map(After::keys).unwrap_or_default());
    let late = handlers.entries.list.values().filter(|late| listed(late.phase));
    let late = late.map(|late| late.after.as_ref().map(|after| after.keys.clone()).unwrap_or_default());
    linked.chain(late).map(|after| index.before(&after)).collect()
}

/// Lets a handler that is to be registered run after those with these names. Sets its priority: the one that it sets, or the
/// default.
fn resolve(handlers: &Handlers<'_>, handler: &mut Late, set: Option<i32>, names: &[String]) -> Result<(), Error> {
    index(handlers, &|_| false).resolve(handler, set, names)
}

fn index(handlers: &Handlers<'_>, listed: &dyn Fn(HandlerPhase) -> bool) -> Index {
    let mut next = 0;
    let mut known = |key, name, phase, priority| {
        let listed = listed(phase).then_some(next);
        next += usize::from(listed.is_some());
        Known { key, name, place: Place { phase, priority }, listed }
    };
    let mut all = Vec::new();
    for linked in handlers.linked {
        let name = (linked.description)().display_name().into();
        all.push(known(linked.key(), name, linked.role.phase, linked.role.priority));
    }
    for late in handlers.entries.list.values() {
        all.push(known(late.key(), late.name.to_string().into(), late.phase, late.priority));
    }
    Index::new(all)
}

/// A handler that others may name.
struct Known {
    key: Key,
    name: Cow<'static, str>,
    place: Place,
    /// Where it is in a list.
    listed: Option<usize>,
}

/// All handlers that others may name.
pub(super) struct Index(Vec<Known>);

impl Index {
    fn new(handlers: Vec<Known>) -> Self {
        Self(sorted(handlers, |a, b| a.key.compare(&b.key)))
    }

    /// What these keys name. A handler that was unregistered is not waited for.
    fn before(&self, after: &[Key]) -> Vec<Before> {
        let named = after.iter().flat_map(|key| {
            let begin = self.0.partition_point(|known| known.key.compare(key) == Ordering::Less);
            let rest = self.0.get(begin..).unwrap_or_default();
            rest.iter().take_while(|known| known.key.compare(key) == Ordering::Equal)
        });
        named.map(|known| Before { name: known.name.clone(), place: known.listed }).collect()
    }

    fn resolve(&self, handler: &mut Late, set: Option<i32>, names: &[String]) -> Result<(), Error> {
        let phase = handler.phase;
        let mut keys = Vec::new();
        let mut place = set.map_or_else(|| Place::of(phase), |priority| Place { phase, priority });
        for name in names {
            let cannot = |why: String| {
                let what = format!("the handler `{}` cannot run after `{name}`: {why}", handler.name);
                Err(Error::new(ErrorKind::Config, what))
            };
            let mut named = self.0.iter().filter(|known| known.name == *name);
            let Some(before) = named.next() else { return cannot("no handler has that name".to_owned()) };
            match named.count() {
                0 => {}
                more => return cannot(format!("{} handlers have that name", more + 1)),
            }
            if set.is_none() {
                place = place.after(before.place);
            }
            match place.check(before.place) {
                Ok(()) => keys.push(before.key.clone()),
                Err(Contradiction::LaterPhase) => return cannot("it runs in a later phase".to_owned()),
                Err(Contradiction::LowerPriority) => {
                    return cannot(format!("it has the lower priority {}", before.place.priority));
                }
            }
        }
        handler.priority = place.priority;
        handler.after = Some(LateAfter { keys, chaining: &CHAINING });
        Ok(())
    }
}
