//! Shutdown handlers: what one is, and how they come together from link time and run time.

mod builder;
#[cfg(feature = "testing")]
mod fault;
mod registry;
pub(crate) mod runner;
mod start_once;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use graceful_core::HandlerPhase;
use graceful_core::record::display_name;

pub use self::builder::{HandlerBuilder, Registration};
#[cfg(feature = "testing")]
pub use self::fault::Fault;
#[cfg(feature = "testing")]
pub(crate) use self::fault::Faults;
pub(crate) use self::registry::{Group, Handlers, Registered, groups};
use crate::argument::Context;
use crate::outcome::Outcome;

#[doc(hidden)]
pub type HandlerFuture = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// How a handler is called.
#[doc(hidden)]
pub enum Call {
    /// Makes a future, to be run as a task.
    Async(fn(Context) -> HandlerFuture),
    /// Blocks a thread.
    Blocking(fn(Context) -> Outcome),
}

/// A handler as an expansion registers it, for the linker to bring here.
#[doc(hidden)]
pub struct Linked {
    /// The attribute's `name`.
    pub name: Option<&'static str>,
    pub function: &'static str,
    /// `module_path!()`, with the crate.
    pub module: &'static str,
    pub file: &'static str,
    pub line: u32,
    pub priority: i32,
    /// `None`: main's `handler_timeout`.
    pub timeout: Option<Duration>,
    pub phase: HandlerPhase,
    pub call: Call,
    /// The line in section `graceful_meta`: referenced here, so that it is linked exactly when the handler is.
    pub meta: &'static [u8],
}

inventory::collect!(Linked);

impl Linked {
    pub(crate) fn display_name(&self) -> String {
        display_name(self.name, self.module, self.function)
    }
}

impl fmt::Debug for Linked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linked").field("name", &self.display_name()).finish_non_exhaustive()
    }
}
