//! What the rest of the program knows of a scope.
//!
//! A trait object, so that a program without scopes does not contain their code: only [`scope`](crate::scope()) makes one.

use std::sync::Arc;
use std::time::Duration;

use graceful_core::plan::PlannedScopes;
use graceful_core::text::{count, escape, join};
#[cfg(feature = "axum")]
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::member::Member;
use super::node::{Node, Stage, State};
use super::report::ScopeError;
#[cfg(feature = "axum")]
use super::serve::Served;
use crate::error::Error;
use crate::events;
use crate::handler::{Handler, Late, Order};
use crate::health::Check;
use crate::in_flight::Kind;
use crate::outcome::Outcome;
use crate::registry::{EntryId, Registry};
use crate::report::Abandoned;
use crate::spawn::Boxed;

/// How many scopes a line of the log names.
const MAX_NAMED: usize = 4;

pub(crate) trait Part: Send + Sync {
    /// The names from the outermost scope to this one.
    fn path(&self) -> &str;

    /// What something of this name in the scope is called outside of it.
    fn name_of(&self, name: &str) -> String {
        format!("{}/{name}", self.path())
    }

    /// The token of its drain.
    fn draining(&self) -> &CancellationToken;

    /// Whether what was left of its work was aborted.
    fn is_cut(&self) -> bool;

    /// Whether this is `scope` or one of its descendants.
    fn is_in(&self, scope: &Node) -> bool;

    /// Counts a piece of work here, or in the closest scope around that waits for work. `None` if only the program does.
    fn count(self: Arc<Self>, kind: Kind) -> Option<Member>;

    /// Takes out a piece of work.
    fn leave(self: Arc<Self>, kind: Kind);

    /// Adds to the report what was left of the work at the cut.
    fn abandon(self: Arc<Self>, what: Abandoned);

    /// Logs that a task has failed, and adds it to the report.
    fn task_failed(self: Arc<Self>, task: &str, outcome: Outcome);

    /// Shuts down a scope whose critical task has ended: nobody has said how long that may take.
    fn shut_down_by_default(self: Arc<Self>);

    /// Registers a health check until the scope ends. `None` if it has ended.
    fn add_check(self: Arc<Self>, check: Arc<Check>) -> Option<EntryId>;

    /// Forgets a health check that was unregistered.
    fn forget_check(self: Arc<Self>, id: EntryId);

    /// Lets the end of the scope wait for a listener. `None` if the scope has ended, or what is left in it is being cut.
    #[cfg(feature = "axum")]
    fn begin_to_listen(self: Arc<Self>) -> Option<Arc<Served>>;

    /// Takes out a listener.
    #[cfg(feature = "axum")]
    fn stop_to_listen(self: Arc<Self>);

    /// When the drain of the scope ends, or of one around it. `None` if neither drains, or only with the program.
    #[cfg(feature = "axum")]
    fn drain_end(&self) -> Option<Instant>;

    /// Cuts the connections of the scope and of its descendants, and adds those to the report on which an answer was in progress.
    #[cfg(feature = "axum")]
    fn cut_connections(self: Arc<Self>);

    /// Begins the drain in the scope and in its descendants.
    fn drain(self: Arc<Self>);

    /// Aborts the tasks of the scope and of its descendants, and names what was left in them.
    fn cut(self: Arc<Self>);

    /// Ends the work of the scope and of its descendants whatever is left of it.
    fn give_up(self: Arc<Self>);

    /// The handlers of the scope. `None` if it never had one.
    fn handlers(&self) -> Option<&Registry<Handler>>;

    /// Adds a handler, unless those of the scope have begun.
    fn add_handler(self: Arc<Self>, handler: Late, order: Order) -> Result<EntryId, Error>;

    /// A handler was unregistered.
    fn handler_removed(self: Arc<Self>);

    /// The longest time that the handlers of the scope and of its descendants can take.
    fn worst_case(self: Arc<Self>) -> Duration;

    /// The descendants of the scope, for the plan. `None` if there is none.
    fn planned(self: Arc<Self>) -> Option<PlannedScopes>;

    /// Cancels the handlers that run in the scope and in its descendants.
    fn cut_handlers(self: Arc<Self>);

    /// Resolves when the scope has ended. Cancel safe.
    fn has_ended(&self) -> Boxed<'_, ()>;

    /// The guards of each scope of the tree that has any.
    fn guards(self: Arc<Self>) -> Vec<(Arc<str>, usize)>;

    /// How much is in flight in which scopes: "2 in scope `a`, 1 in scope `b`". `None` if nothing is.
    fn describe(self: Arc<Self>) -> Option<String>;
}

impl Part for Node {
    fn path(&self) -> &str {
        &self.path
    }

    fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    fn is_cut(&self) -> bool {
        self.state().stage >= Stage::Cut
    }

    fn is_in(&self, scope: &Node) -> bool {
        let mut node = Some(self);
        while let Some(this) = node {
            if std::ptr::eq(this, scope) {
                return true;
            }
            node = this.parent().map(|parent| &**parent);
        }
        false
    }

    fn count(self: Arc<Self>, kind: Kind) -> Option<Member> {
        Member::of(&self, kind)
    }

    fn leave(self: Arc<Self>, kind: Kind) {
        self.take_out(|state| state.of(kind));
    }

    fn abandon(self: Arc<Self>, what: Abandoned) {
        Self::abandon(&self, what);
    }

    fn task_failed(self: Arc<Self>, task: &str, outcome: Outcome) {
        let error = ScopeError::new(&self.path, task.to_owned(), outcome);
        let for_log = error.clone();
        self.program.output.log(move || events::scope_error(&for_log));
        self.find(|findings| findings.add_error(error));
    }

    fn shut_down_by_default(self: Arc<Self>) {
        // A task that ends because its scope drains does not shorten that.
        if self.state().stage > Stage::Open {
            return;
        }
        self.shut_down(self.program.config().timeouts().effective_drain_timeout());
    }

    fn add_check(self: Arc<Self>, check: Arc<Check>) -> Option<EntryId> {
        Self::add_check(&self, check)
    }

    fn forget_check(self: Arc<Self>, id: EntryId) {
        Self::forget_check(&self, id);
    }

    #[cfg(feature = "axum")]
    fn begin_to_listen(self: Arc<Self>) -> Option<Arc<Served>> {
        Self::begin_to_listen(&self)
    }

    #[cfg(feature = "axum")]
    fn stop_to_listen(self: Arc<Self>) {
        self.take_out(|state| &mut state.listeners);
    }

    #[cfg(feature = "axum")]
    fn drain_end(&self) -> Option<Instant> {
        Self::drain_end(self)
    }

    #[cfg(feature = "axum")]
    fn cut_connections(self: Arc<Self>) {
        // The program has logged them.
        Self::cut_connections(&self, false);
    }

    fn drain(self: Arc<Self>) {
        Self::drain(&self);
    }

    fn cut(self: Arc<Self>) {
        Self::cut(&self);
    }

    fn give_up(self: Arc<Self>) {
        Self::give_up(&self);
    }

    fn handlers(&self) -> Option<&Registry<Handler>> {
        self.handlers.get().map(|handlers| &**handlers)
    }

    fn add_handler(self: Arc<Self>, handler: Late, order: Order) -> Result<EntryId, Error> {
        Self::add_handler(&self, handler, order)
    }

    fn handler_removed(self: Arc<Self>) {
        self.release();
    }

    fn worst_case(self: Arc<Self>) -> Duration {
        Self::worst_case(&self)
    }

    fn planned(self: Arc<Self>) -> Option<PlannedScopes> {
        let tree = self.tree();
        let handlers = tree.iter().filter_map(|node| node.handlers.get());
        let handlers = handlers.map(|handlers| handlers.entries().list.values().count()).sum();
        let number = tree.len() - 1;
        (number > 0).then(|| PlannedScopes::new(number, handlers, self.worst_case()))
    }

    fn cut_handlers(self: Arc<Self>) {
        Self::cut_handlers(&self);
    }

    fn has_ended(&self) -> Boxed<'_, ()> {
        Box::pin(async {
            self.ended.wait().await;
        })
    }

    fn guards(self: Arc<Self>) -> Vec<(Arc<str>, usize)> {
        self.numbers(|state| state.guards)
    }

    fn describe(self: Arc<Self>) -> Option<String> {
        let numbers = self.numbers(State::len);
        let named = numbers.iter().take(MAX_NAMED);
        let mut words: Vec<_> =
            named.map(|(path, number)| format!("{} in scope `{}`", count(*number), escape(path))).collect();
        let others: usize = numbers.iter().skip(MAX_NAMED).map(|(_, number)| number).sum();
        if others > 0 {
            words.push(format!("{} in other scopes", count(others)));
        }
        (!words.is_empty()).then(|| join(&words, ", "))
    }
}
