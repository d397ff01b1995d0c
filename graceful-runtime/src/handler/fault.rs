//! Faults that a test injects into handlers, and how a rehearsal runs a handler.

use std::collections::BTreeMap;
use std::future::pending;
use std::panic::resume_unwind;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::run::Run;
use super::{Function, Job};
use crate::arguments::HandlerContext;
use crate::outcome::Outcome;
use crate::registry::BoxFuture;

type AsyncJob = Box<dyn FnOnce(HandlerContext) -> BoxFuture<Outcome> + Send>;

/// A fault that replaces a handler or delays it, in a [`Rehearsal`](crate::testing::Rehearsal).
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::testing::{Fault, Rehearsal};
///
/// let rehearsed = Rehearsal::new().fault_in_all(Fault::Hang).run_main(async {
///     graceful::handler("cache").register(async || {}).unwrap();
/// });
/// rehearsed.assert_in_budget();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Never ends, and is dropped at the handler's timeout. The handler is not called.
    Hang,
    /// Panics. The handler is not called.
    Panic,
    /// Returns an error with this text. The handler is not called.
    Fail(String),
    /// Waits for this time, and then calls the handler.
    Delay(Duration),
}

impl Fault {
    #[cfg_attr(not(test), expect(clippy::panic, reason = "it is what was asked for"))]
    fn replace(self, job: Job) -> AsyncJob {
        match self {
            Self::Hang => Box::new(|_| Box::pin(pending())),
            Self::Panic => Box::new(|_| panic!("a fault that the test has injected")),
            Self::Fail(why) => Box::new(|_| Box::pin(async { Outcome::Failed(why.into()) })),
            Self::Delay(delay) => {
                let job = on_the_runtime(job);
                Box::new(move |context| {
                    Box::pin(async move {
                        sleep(delay).await;
                        job(context).await
                    })
                })
            }
        }
    }
}

/// Runs a plain handler on a thread of the rehearsal's runtime, for which a paused clock waits.
fn on_the_runtime(job: Job) -> AsyncJob {
    match job {
        Job::Async(function) => Box::new(|context| function.call(context)),
        Job::Blocking(function) => Box::new(|context| {
            Box::pin(async {
                match spawn_blocking(move || function.call(context)).await {
                    Ok(outcome) => outcome,
                    Err(error) => resume_unwind(error.into_panic()),
                }
            })
        }),
    }
}

/// The faults of a rehearsal, by the names of the handlers.
#[derive(Debug, Default, Clone)]
pub(crate) struct Faults {
    named: BTreeMap<String, Fault>,
    others: Option<Fault>,
}

impl Faults {
    pub(crate) fn add(&mut self, name: String, fault: Fault) {
        self.named.insert(name, fault);
    }

    /// Sets the fault of all handlers that have no other.
    pub(crate) fn add_to_all(&mut self, fault: Fault) {
        self.others = Some(fault);
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    pub(crate) fn inject(&self, handler: Run) -> Run {
        handler.replace(|planned, job| {
            let job = match self.named.get(planned.name()).or(self.others.as_ref()) {
                Some(fault) => fault.clone().replace(job),
                None => on_the_runtime(job),
            };
            Job::Async(Function::Late(job))
        })
    }
}
