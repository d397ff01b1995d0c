//! The lifecycle of an async test.

use std::fmt;
use std::future::Future;
use std::panic;
use std::sync::Arc;

use graceful_core::Flavor;
use tokio::runtime::Builder;
use tokio::task::JoinHandle;

use super::rehearsal::Ended;
use super::{Rehearsal, Rehearsed};
use crate::handler::Faults;
use crate::program::{Program, Staged};
use crate::trigger::Reason;

/// The service that an async test runs: a separate lifecycle, which ends with the test.
///
/// Wherever the test's runtime is entered, all functions of this crate refer to this service: in the test, in the tasks that it
/// spawns, on all threads of the runtime, and in the handlers. Other tests in the same process do not notice it. A thread that
/// the service starts itself (`std::thread::spawn`) sees the process instead, unless it enters the runtime.
///
/// `#[graceful::test]` passes it to the test. [`service()`] makes one inside a runtime that is running.
///
/// It has no main: the drain waits for the work in flight and for its handlers. No signal belongs to it either:
/// [`shut_down`](Self::shut_down) begins the shutdown, or [`request_shutdown`](crate::request_shutdown) does.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let service = graceful::testing::service(); /*
/// #[graceful::test]
/// async fn the_consumer_ends(service: graceful::testing::Service) {
/// # */
///     graceful::spawn(async {
///         graceful::drain_started().await;
///     });
///     service.shut_down().await.assert_clean();
/// }
/// ```
#[must_use = "when it is dropped, the test sees the process again"]
pub struct Service {
    pub(super) program: &'static Program,
    pub(super) faults: Faults,
    pub(super) reason: Reason,
    /// Runs the shutdown.
    pub(super) run: JoinHandle<Ended>,
    pub(super) staged: Arc<Staged>,
}

/// Gives the current runtime its own service: the short form of [`Rehearsal::start`].
///
/// For a test whose runtime another attribute builds, such as `#[sqlx::test]` or `#[tokio::test]`.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # /*
/// #[tokio::test]
/// # */
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # /*
/// async fn a_shutdown_is_seen() {
/// # */
///     let service = graceful::testing::service();
///     graceful::request_shutdown();
///     assert!(graceful::is_shutting_down());
///     service.ended().await.assert_clean();
/// }
/// ```
///
/// # Panics
///
/// As [`Rehearsal::start`].
#[track_caller]
pub fn service() -> Service {
    Rehearsal::new().start()
}

impl Service {
    /// Begins the shutdown, unless it has begun, and waits until the last handler has ended.
    ///
    /// The reason is that of [`Rehearsal::reason`], by default a SIGTERM.
    ///
    /// # Panics
    ///
    /// As [`ended`](Self::ended).
    ///
    /// # Cancel safety
    ///
    /// When it is dropped, the shutdown stops where it is.
    pub async fn shut_down(self) -> Rehearsed {
        self.program.lifecycle.begin(self.reason.clone());
        self.ended().await
    }

    /// Waits until a shutdown that something else begins has ended: the service, or the test by
    /// [`request_shutdown`](crate::request_shutdown).
    ///
    /// # Panics
    ///
    /// If no handler has the name of a fault, or if an observer of the report panics.
    ///
    /// # Cancel safety
    ///
    /// When it is dropped, the shutdown stops where it is.
    pub async fn ended(mut self) -> Rehearsed {
        let ended = (&mut self.run).await;
        // Aborted only when this value is dropped.
        let ended = ended.unwrap_or_else(|error| panic::resume_unwind(error.into_panic()));
        Rehearsed::new(self.program, &self.faults, ended)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.run.abort();
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("phase", &self.program.lifecycle.phase()).finish_non_exhaustive()
    }
}

/// Runs a test under `#[graceful::test]`.
#[doc(hidden)]
#[track_caller]
pub fn run_test<F: Future>(mut builder: Builder, flavor: Flavor, test: impl FnOnce(Service) -> F) -> F::Output {
    let mut staged = None;
    let test = async {
        let service = service();
        // Until the runtime is gone: its tasks are dropped with it.
        staged = Some(Arc::clone(&service.staged));
        test(service).await
    };
    if flavor == Flavor::Local {
        builder.build_local(Default::default()).expect("a runtime for the test").block_on(test)
    } else {
        builder.build().expect("a runtime for the test").block_on(test)
    }
}
