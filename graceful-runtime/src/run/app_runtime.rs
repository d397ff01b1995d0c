//! The application's runtime: built by graceful or by the user, driven on main's thread or beside it, and shut down at the end.

use std::future::Future;
use std::io;
use std::mem;
use std::panic;
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use graceful_core::Flavor;
use tokio::runtime::{Builder, Handle, LocalRuntime, Runtime, RuntimeFlavor};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::RecvError;

use super::scheduler_end::SchedulerEnd;
use super::{gone, start_failed};
use crate::error::{Error, ErrorKind};
use crate::exit::End;
use crate::outcome::{caught, message_of};
use crate::spawn;

/// What the thread that owns the runtime has received.
type Ended = Result<End, RecvError>;

const RUNTIME: &str = "the application's runtime";

/// Builds a runtime. tokio panics when it cannot start a worker, and while the panic unwinds it may wait for ever for the
/// workers that it has started. So a panic on this thread ends the process before it unwinds, from the panic hook.
fn exits_on_panic<T>(build: impl FnOnce() -> T) -> T {
    let here = thread::current().id();
    let before = Arc::new(panic::take_hook());
    let of_others = Arc::clone(&before);
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() != here {
            return of_others(panic);
        }
        start_failed(&Error::cannot_start(RUNTIME, io::Error::other(message_of(panic.payload()))));
    }));
    let built = build();
    drop(panic::take_hook());
    // Another thread may be panicking at this moment.
    panic::set_hook(Arc::try_unwrap(before).unwrap_or_else(|before| Box::new(move |panic| before(panic))));
    built
}

pub(super) enum AnyRuntime {
    Shared(Runtime),
    /// Built by the user: it may have no timers.
    Foreign(Runtime),
    Local(LocalRuntime),
}

impl AnyRuntime {
    /// Builds the runtime. Ends the process if the system has no thread left for a worker.
    pub(super) fn build(mut builder: Builder, flavor: Flavor) -> Result<Self, Error> {
        let built = exits_on_panic(|| match flavor {
            Flavor::MultiThread | Flavor::CurrentThread => builder.build().map(Self::Shared),
            Flavor::Local => builder.build_local(Default::default()).map(Self::Local),
        });
        built.map_err(|cause: io::Error| Error::cannot_start(RUNTIME, cause))
    }

    pub(super) fn handle(&self) -> &Handle {
        match self {
            Self::Shared(runtime) | Self::Foreign(runtime) => runtime.handle(),
            Self::Local(runtime) => runtime.handle(),
        }
    }

    /// Drives the runtime on this thread until the end. The future is boxed, so that tokio's code for it is compiled once.
    pub(super) fn block_on(&self, end: Pin<Box<dyn Future<Output = Ended> + '_>>) -> Ended {
        match self {
            Self::Shared(runtime) | Self::Foreign(runtime) => runtime.block_on(end),
            Self::Local(runtime) => runtime.block_on(end),
        }
    }

    /// Starts a thread that drives the runtime while main blocks its own, and that ends it. A current-thread runtime needs it.
    pub(super) fn drive_apart(
        self,
        end: oneshot::Receiver<End>,
        code: oneshot::Sender<Result<u8, Error>>,
    ) -> Result<(), Error> {
        let Self::Shared(runtime) = self else {
            return Err(Error::new(ErrorKind::Config, "a local runtime needs an async main"));
        };
        let drive = move || {
            let runtime = Self::Shared(runtime);
            let end = runtime.block_on(Box::pin(end));
            // Main may still be blocked.
            let _ = code.send(runtime.end(end, false));
        };
        spawn::thread("graceful-runtime", drive).map_err(|cause| Error::cannot_start("the runtime's thread", cause))
    }

    /// Shuts the runtime down, so that the destructors of its tasks run. Returns the exit code. `is_mains_thread`: whether this
    /// thread exits the process next, if it is to exit.
    pub(super) fn end(self, end: Ended, is_mains_thread: bool) -> Result<u8, Error> {
        let (exits, limit) = end.as_ref().map_or((false, Duration::ZERO), |end| (end.exits, end.runtime_timeout));
        if exits && self.handle().metrics().num_alive_tasks() == 0 {
            // The exit ends its threads, and waking them first takes longer.
            mem::forget(self);
        } else {
            // A destructor may panic.
            let _ = caught(|| self.shut_down(limit));
        }
        let End { code, done, .. } = end.map_err(|_| gone())?;
        if exits && is_mains_thread {
            // It would only wake the supervisor.
            mem::forget(done);
        } else {
            let _ = done.send(());
        }
        Ok(code)
    }

    /// Waits until every task is dropped, at most for `limit`, and not for threads that run blocking work.
    fn shut_down(self, limit: Duration) {
        let tasks = self.handle().metrics().num_alive_tasks();
        // A current-thread runtime drops its tasks on this thread, whatever the limit.
        let waits = tasks > 0 && self.handle().runtime_flavor() == RuntimeFlavor::MultiThread;
        match self {
            Self::Shared(runtime) if waits => {
                let end = SchedulerEnd::of(runtime.handle());
                runtime.shutdown_background();
                end.wait(limit);
            }
            // Without timers nothing tells the end of the tasks from that of the threads.
            Self::Foreign(runtime) if waits => runtime.shutdown_timeout(limit),
            Self::Shared(runtime) | Self::Foreign(runtime) => runtime.shutdown_background(),
            Self::Local(runtime) => runtime.shutdown_background(),
        }
    }
}
