//! A part of the program's readiness.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use graceful_core::text::quote;

use super::{PartId, Parts, State, reasons};
use crate::events;
use crate::program::{Program, program};

/// Adds a part to the readiness of the program: something that must be ready, beside what [`ready`](crate::ready) says.
///
/// The program is ready if every part is ready, and if `ready()` was called or at least one part exists. A new part is not
/// ready, with the reason `starting`. So several servers, a warm-up and consumers agree: none of them can make the program
/// ready alone, and each can take its readiness back.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # async fn fill() {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let warm_up = graceful::readiness("warm-up");
/// graceful::ready();
/// assert!(!graceful::is_ready());
///
/// fill().await;
/// warm_up.set_ready();
/// assert!(graceful::is_ready());
/// # }
/// ```
///
/// `/ready` answers 503 and names the parts that are not ready, `/health` shows all of them, systemd gets a `STATUS` line,
/// and the log says when the program turns ready and not ready.
///
/// Two parts of one name are two parts: each must be ready. Clones of a [`Readiness`] are one part.
#[must_use = "a part that is dropped before `set_ready` keeps the program from being ready"]
pub fn readiness<'a>(name: impl Into<Cow<'a, str>>) -> Readiness {
    let program = program();
    program.lifecycle.participation.begin();
    Readiness::new(program, name.into())
}

/// A part of the program's readiness. Returned by [`readiness`]. Its clones are the same part.
///
/// Dropping the last clone leaves the part as it is. If it is not ready then, it stays not ready, with a warning in the log:
/// what was to become ready has failed. A part that is no longer needed is [removed](Self::remove).
///
/// After the trigger nothing here has an effect: the program is not ready any more.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::Readiness;
///
/// fn on_connection_change(broker: &Readiness, connected: bool) {
///     if connected {
///         broker.set_ready();
///     } else {
///         broker.set_not_ready("reconnecting");
///     }
/// }
/// # let broker = graceful::readiness("broker");
/// # on_connection_change(&broker, true);
/// # assert!(graceful::is_ready());
/// # on_connection_change(&broker, false);
/// # assert!(!graceful::is_ready());
/// ```
#[derive(Clone)]
pub struct Readiness(Arc<Owner>);

/// What the clones share.
struct Owner {
    program: &'static Program,
    name: Arc<str>,
    /// `None` if it was created after the trigger.
    id: Option<PartId>,
}

impl Readiness {
    pub(crate) fn new(program: &'static Program, name: Cow<'_, str>) -> Self {
        let name: Arc<str> = name.into();
        let mut id = None;
        program.change_readiness(|parts| {
            id = Some(parts.add(Arc::clone(&name)));
            true
        });
        Self(Arc::new(Owner { program, name, id }))
    }

    /// Marks the part as ready. For a program of which every other part is ready this has the effect of
    /// [`ready`](crate::ready).
    pub fn set_ready(&self) {
        self.change(|parts, id| parts.set(id, State::Ready));
        self.0.program.said_ready();
    }

    /// Marks the part as not ready, also after it was ready. `why` is what the probes, systemd and the log show.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// let replica = graceful::readiness("replica");
    /// let lag = 12;
    /// replica.set_not_ready(format_args!("{lag} s behind the primary"));
    /// assert!(!graceful::is_ready());
    /// ```
    pub fn set_not_ready(&self, why: impl fmt::Display) {
        let state = State::NotReady(why.to_string().into());
        self.change(|parts, id| parts.set(id, state));
    }

    /// Removes the part, for all clones: the readiness of the program does not depend on it any more.
    ///
    /// Without another part the program is ready if [`ready`](crate::ready) was called.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// graceful::ready();
    /// let import = graceful::readiness("import");
    /// assert!(!graceful::is_ready());
    /// import.remove();
    /// assert!(graceful::is_ready());
    /// ```
    pub fn remove(self) {
        self.change(Parts::remove);
    }

    fn change(&self, change: impl FnOnce(&mut Parts, PartId) -> bool) {
        if let Some(id) = self.0.id {
            self.0.program.change_readiness(|parts| change(parts, id));
        }
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readiness").field("name", &self.0.name).finish_non_exhaustive()
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let Self { program, name, id } = self;
        if program.lifecycle.is_shutting_down() {
            return;
        }
        if let Some(why) = id.and_then(|id| program.lifecycle.readiness.why_not(id)) {
            let name = quote(name);
            program.output.log(move || events::part_dropped(&name, &why));
        }
    }
}

impl Program {
    /// Changes the readiness, and logs if the whole turns ready or not ready. Has no effect after the trigger, since a service
    /// that shuts down must not be reported as ready.
    pub(crate) fn change_readiness(&'static self, change: impl FnOnce(&mut Parts) -> bool) {
        self.lifecycle.change_readiness(change, |parts| {
            // Without parts the plan in the log says that the program is ready.
            if parts.existed() {
                let missing = parts.not_ready();
                let not_ready = (!self.lifecycle.readiness.is_ready()).then(|| reasons(&missing));
                self.output.log(move || events::readiness(not_ready.as_deref()));
            }
            #[cfg(feature = "metrics")]
            crate::metrics::changed(self);
            #[cfg(all(feature = "sockets", target_os = "linux"))]
            if self.lifecycle.readiness.is_ready() {
                crate::sockets::report_unclaimed();
            }
        });
    }

    /// For a program that says that it is ready: logs the plan, and checks that signals still arrive.
    pub(crate) fn said_ready(&'static self) {
        self.log_plan();
        self.check_signals();
    }
}
