//! Whose handlers they are: the program's or a scope's.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::{Chaining, Handler, Late};
use crate::error::Error;
use crate::registry::{EntryId, Registry};
use crate::scope::Part;

/// Priority and predecessors that a handler sets: the names, and what looks them up.
pub(crate) struct Order {
    /// `None`: 0, or that of a handler in `after`.
    pub(crate) priority: Option<i32>,
    pub(crate) after: Option<(&'static Chaining, Vec<String>)>,
}

#[derive(Clone)]
pub(crate) enum Owner {
    Program(&'static Registry<Handler>),
    Scope(Arc<dyn Part>),
}

impl Owner {
    /// What a handler of this name is called in the log and in the report.
    pub(crate) fn name_of<'a>(&self, handler: &'a str) -> Cow<'a, str> {
        match self {
            Self::Program(_) => handler.into(),
            Self::Scope(scope) => scope.name_of(handler).into(),
        }
    }

    /// `None` for a scope that never had a handler.
    fn registry(&self) -> Option<&Registry<Handler>> {
        match self {
            Self::Program(handlers) => Some(handlers),
            Self::Scope(scope) => scope.handlers(),
        }
    }

    /// `None` if no handler runs after others.
    pub(crate) fn chaining(&self) -> Option<&'static Chaining> {
        self.registry()?.chaining()
    }

    /// Adds a handler, unless its turn has come.
    pub(crate) fn add(&self, handler: Late, order: Order) -> Result<EntryId, Error> {
        match self {
            Self::Program(handlers) => handlers.add(handler, order),
            Self::Scope(scope) => Arc::clone(scope).add_handler(handler, order),
        }
    }

    /// Removes a handler. Returns `false` if the shutdown has taken it.
    pub(crate) fn take_back(&self, id: EntryId) -> bool {
        let is_removed = self.registry().is_some_and(|handlers| handlers.take_back(id));
        if let Self::Scope(scope) = self {
            Arc::clone(scope).handler_removed();
        }
        is_removed
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(_) => f.write_str("Program"),
            Self::Scope(scope) => f.debug_tuple("Scope").field(&scope.path()).finish(),
        }
    }
}
