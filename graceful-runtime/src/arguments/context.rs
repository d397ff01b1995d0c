//! What the arguments of one call are taken from.

use std::any::type_name;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::{All, Deadline, Resource};
use crate::handler::run::RunRef;
use crate::resources::Resources;
use crate::trigger::Reason;

/// The source of the arguments of one call. `cause` is why the function is called: a handler's [`Reason`].
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct Context<C> {
    pub(crate) resources: Resources,
    pub(crate) deadline: Instant,
    pub(crate) cancelled: Cancellation,
    pub(crate) cause: C,
}

/// The token of a health check, or the run of a handler, which makes a token if the handler takes one.
#[derive(Debug, Clone)]
pub(crate) enum Cancellation {
    Token(CancellationToken),
    Handler(RunRef),
}

impl Cancellation {
    pub(super) fn token(&self) -> CancellationToken {
        match self {
            Self::Token(token) => token.clone(),
            Self::Handler(run) => run.token(),
        }
    }
}

impl<C> Context<C> {
    pub(super) fn resource<T: Clone + Send + 'static>(&self) -> Result<Resource<T>, Missing> {
        self.resources.get().map(Resource).ok_or(Missing(type_name::<T>()))
    }

    pub(super) fn all<T: Clone + Send + 'static>(&self) -> All<T> {
        All(self.resources.all())
    }

    pub(super) fn deadline(&self) -> Deadline {
        Deadline(self.deadline)
    }
}

#[doc(hidden)]
pub type HandlerContext = Context<Reason>;

#[doc(hidden)]
pub type CheckContext = Context<()>;

/// The type of a resource that was never provided.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Missing(pub(crate) &'static str);
