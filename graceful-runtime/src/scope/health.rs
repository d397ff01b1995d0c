//! Health checks of a scope, which end with it.

use std::borrow::Cow;
use std::sync::Arc;

use super::Scope;
use super::node::{Node, Stage};
use crate::health::Check;
use crate::registration::HealthCheckBuilder;
use crate::registry::EntryId;

impl Scope {
    /// Returns a builder that registers a health check of the scope, as [`health_check`](crate::health_check()) does for the
    /// service.
    ///
    /// - The name of its component comes after that of the scope, as in `tenant 7/db`.
    /// - The check ends with the scope: it is unregistered before [`ended`](Self::ended) and [`shut_down`](Self::shut_down) return.
    ///   During the drain of the scope it still runs.
    /// - A registered check keeps the scope alive, as work in it does. It does not delay its end.
    /// - In a scope that has ended it is refused with [`ErrorKind::TooLate`](crate::ErrorKind::TooLate).
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// # async fn ping() -> bool { true }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), graceful::Error> {
    /// let tenant = graceful::scope("tenant 7");
    /// tenant.health_check("db").timeout(Duration::from_secs(1)).register(ping)?;
    /// assert_eq!(graceful::health().await.components()[0].name(), "tenant 7/db");
    ///
    /// tenant.shut_down(Duration::from_secs(10)).await;
    /// assert!(graceful::health().await.components().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn health_check<'a>(&self, name: impl Into<Cow<'a, str>>) -> HealthCheckBuilder {
        HealthCheckBuilder::in_scope(&self.0, &name.into())
    }
}

impl Node {
    /// Registers a check until the end. `None` if the scope has ended.
    pub(super) fn add_check(self: &Arc<Self>, check: Arc<Check>) -> Option<EntryId> {
        let mut state = self.state();
        if state.stage == Stage::Ended {
            return None;
        }
        // Under the lock, so that the end finds each check that is registered.
        let id = self.program.checks.entries().add(check);
        state.checks.push(id);
        self.keep(&mut state);
        Some(id)
    }

    /// Forgets a check that was unregistered.
    pub(super) fn forget_check(&self, id: EntryId) {
        let mut state = self.state();
        state.checks.retain(|known| *known != id);
        drop(state);
        self.release();
    }

    /// Unregisters the checks at the end of the scope.
    pub(super) fn remove_checks(&self, checks: Vec<EntryId>) {
        if !checks.is_empty() {
            checks.into_iter().for_each(|id| drop(self.program.checks.remove(id, |_| true)));
            self.program.rounds.forget();
        }
    }
}
