//! What a test lets go wrong in a handler, and how a rehearsal runs it.

use std::collections::BTreeMap;
use std::future::pending;
use std::panic::resume_unwind;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::{AsyncJob, Job, Registered};
use crate::outcome::Outcome;

/// What goes wrong in a handler, in its place or before it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It never ends: dropped at its timeout. The handler itself isn't called.
    Hang,
    /// It panics. The handler itself isn't called.
    Panic,
    /// It returns an error with this text. The handler itself isn't called.
    Fail(String),
    /// It takes this much longer: first this time passes, then it is called.
    Delay(Duration),
}

impl Fault {
    #[cfg_attr(not(test), expect(clippy::panic, reason = "it is what was asked for"))]
    fn replace(self, job: Job) -> AsyncJob {
        match self {
            Self::Hang => Box::new(|_| Box::pin(pending())),
            Self::Panic => Box::new(|_| panic!("a fault that the test has injected")),
            Self::Fail(why) => Box::new(|_| Box::pin(async { Outcome::Failed(why) })),
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

/// A plain handler goes to a thread of the rehearsal's runtime: that is on the stage, and a paused clock waits for it.
fn on_the_runtime(job: Job) -> AsyncJob {
    match job {
        Job::Async(job) => job,
        Job::Blocking(job) => Box::new(|context| {
            Box::pin(async {
                match spawn_blocking(move || job(context)).await {
                    Ok(outcome) => outcome,
                    Err(error) => resume_unwind(error.into_panic()),
                }
            })
        }),
    }
}

/// By the names of the handlers that they are injected into.
#[derive(Debug, Default, Clone)]
pub(crate) struct Faults {
    named: BTreeMap<String, Fault>,
    others: Option<Fault>,
}

impl Faults {
    pub(crate) fn add(&mut self, name: String, fault: Fault) {
        self.named.insert(name, fault);
    }

    /// For all that have none of their own.
    pub(crate) fn add_to_all(&mut self, fault: Fault) {
        self.others = Some(fault);
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    pub(crate) fn inject(&self, Registered { planned, job }: Registered) -> Registered {
        let job = match self.named.get(planned.name()).or(self.others.as_ref()) {
            Some(fault) => fault.clone().replace(job),
            None => on_the_runtime(job),
        };
        Registered { planned, job: Job::Async(job) }
    }
}
