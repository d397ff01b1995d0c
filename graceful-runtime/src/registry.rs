//! The registry of annotated functions, linked and registered at run time.
//!
//! Shutdown handlers and health checks each have one. Their [`Role`]s differ.

mod list;

use std::any::TypeId;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[doc(hidden)]
pub use graceful_core::plan::Description;

pub(crate) use self::list::List;
use crate::error::{Error, ErrorKind};

#[doc(hidden)]
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The call of an annotated function, which takes its arguments from a context.
#[doc(hidden)]
pub enum Call<C: 'static, T: 'static> {
    /// Returns a future, which runs as a task.
    Async(fn(C) -> BoxFuture<T>),
    /// Blocks a thread.
    Blocking(fn(C) -> T),
}

/// An annotated function, as its expansion registers it at link time.
///
/// The record is short: the loader relocates each of its pointers when the program starts, and its page is copied then.
#[doc(hidden)]
pub struct Linked<R: 'static> {
    /// `None`: the default of the role.
    pub timeout: Option<Duration>,
    pub role: R,
    pub description: fn() -> Description,
}

impl<R> fmt::Debug for Linked<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linked").field("name", &(self.description)().display_name()).finish_non_exhaustive()
    }
}

/// The purpose of an annotated function.
pub(crate) trait Role: Sized + 'static {
    /// What messages call the function.
    const NOUN: &'static str;
    /// A function of this role that is registered at run time.
    type Entry;
    /// State that changes together with the entries.
    type State: Default;
}

/// The functions of one role.
pub(crate) struct Registry<R: Role> {
    linked: fn() -> Vec<&'static Linked<R>>,
    entries: Mutex<Entries<R>>,
}

/// The functions that were registered at run time.
pub(crate) struct Entries<R: Role> {
    pub(crate) list: List<R::Entry>,
    pub(crate) state: R::State,
    next: u64,
}

/// Identifies an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EntryId(pub(crate) u64);

impl<R: Role> Registry<R> {
    pub(crate) fn new(linked: fn() -> Vec<&'static Linked<R>>) -> Self {
        let entries = Entries { list: List::new(), state: R::State::default(), next: 0 };
        Self { linked, entries: Mutex::new(entries) }
    }

    /// The linked functions. Before main not all of them are registered.
    pub(crate) fn linked(&self) -> Vec<&'static Linked<R>> {
        (self.linked)()
    }

    /// Whether a linked function takes all values of a type.
    pub(crate) fn takes_all(&self, of: TypeId) -> bool {
        self.linked().iter().any(|linked| (linked.description)().all_of.iter().flatten().any(|id| id() == of))
    }

    pub(crate) fn entries(&self) -> MutexGuard<'_, Entries<R>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes an entry if it exists and `may` allows it. The caller drops it outside the lock, since its destructor is
    /// the user's code.
    pub(crate) fn remove(&self, id: EntryId, may: impl Fn(&R::Entry) -> bool) -> Option<R::Entry> {
        self.entries().list.remove(id, may)
    }
}

impl<R: Role> Entries<R> {
    pub(crate) fn add(&mut self, entry: R::Entry) -> EntryId {
        let id = EntryId(self.next);
        self.next += 1;
        self.list.push(id, entry);
        id
    }
}

/// Refuses a timeout of zero.
pub(crate) fn check_timeout<R: Role>(name: &str, timeout: Option<Duration>) -> Result<(), Error> {
    if timeout.is_some_and(|timeout| timeout.is_zero()) {
        return Err(Error::new(ErrorKind::Config, format!("the timeout of the {} `{name}` is zero", R::NOUN)));
    }
    Ok(())
}

impl<R: Role> fmt::Debug for Registry<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("role", &R::NOUN).finish_non_exhaustive()
    }
}
