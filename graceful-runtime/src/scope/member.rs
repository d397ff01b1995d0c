//! Work in a scope: what counts it there, and the guard for it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::node::{Node, Stage};
use super::part::Part;
use crate::in_flight::{InFlight, Kind};

/// A piece of work in a scope. The scope's end waits until it is dropped.
pub(crate) struct Member {
    node: Arc<dyn Part>,
    kind: Kind,
}

impl Member {
    /// Counts work in the scope, or in the closest one around it that waits for work. `None` if only the program does.
    pub(super) fn of(scope: &Arc<Node>, kind: Kind) -> Option<Self> {
        let mut node = scope;
        // The root counts nothing, since the program counts it.
        while let Some(parent) = node.parent() {
            let mut state = node.state();
            if state.stage < Stage::Cut {
                *state.of(kind) += 1;
                return Some(Self { node: Arc::<Node>::clone(node), kind });
            }
            drop(state);
            node = parent;
        }
        None
    }

    /// Counts a guard in the scope, unless it drains.
    fn of_open(scope: &Arc<Node>) -> Option<Self> {
        let mut state = scope.state();
        let is_open = state.stage == Stage::Open;
        is_open.then(|| {
            state.guards += 1;
            Self { node: Arc::<Node>::clone(scope), kind: Kind::LateGuard }
        })
    }

    /// Where it is counted.
    pub(crate) fn node(&self) -> &Arc<dyn Part> {
        &self.node
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        Arc::clone(&self.node).leave(self.kind);
    }
}

/// One piece of work in flight in a [`Scope`](crate::Scope): the end of the scope and the drain of the service wait until it is
/// dropped.
///
/// Returned by [`Scope::track`](crate::Scope::track) and [`Scope::try_track`](crate::Scope::try_track). It can be dropped on any
/// thread. Bind it to a name: `let _ = scope.track();` drops it at once.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use graceful::ScopeInFlight;
///
/// struct Upload {
///     bytes: Vec<u8>,
///     _in_flight: ScopeInFlight,
/// }
///
/// let tenant = graceful::scope("tenant 7");
/// let upload = Upload { bytes: Vec::new(), _in_flight: tenant.track() };
/// assert_eq!((tenant.in_flight(), graceful::in_flight()), (1, 1));
/// # drop((upload.bytes, upload._in_flight));
/// # assert_eq!((tenant.in_flight(), graceful::in_flight()), (0, 0));
/// ```
#[must_use = "the guard is dropped at once, and nothing waits; bind it to a name: `let _in_flight = ..`, not `let _ = ..`"]
pub struct ScopeInFlight {
    // Dropped first: what waits for the scope finds the program without it.
    _of_program: InFlight,
    member: Option<Member>,
}

impl ScopeInFlight {
    pub(super) fn new(scope: &Arc<Node>) -> Self {
        let of_program = scope.program.work.track();
        Self { _of_program: of_program, member: Member::of(scope, Kind::LateGuard) }
    }

    pub(super) fn try_new(scope: &Arc<Node>) -> Result<Self, ScopeDrainingError> {
        let of_program = scope.program.work.try_track().ok();
        let guard = of_program.and_then(|of_program| {
            Member::of_open(scope).map(|member| Self { _of_program: of_program, member: Some(member) })
        });
        guard.ok_or_else(|| ScopeDrainingError(Arc::clone(&scope.path)))
    }
}

impl fmt::Debug for ScopeInFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = self.member.as_ref().map(|member| member.node.path());
        f.debug_struct("ScopeInFlight").field("scope", &scope).finish_non_exhaustive()
    }
}

/// The error of [`Scope::try_track`](crate::Scope::try_track): new work is refused, because the scope or the service is draining,
/// or because the scope has ended.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tenant = graceful::scope("tenant 7");
/// tenant.shut_down(Duration::from_secs(10)).await;
///
/// let refused = tenant.try_track().unwrap_err();
/// assert_eq!(refused.to_string(), "the scope `tenant 7` takes no new work: it is draining or has ended");
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScopeDrainingError(Arc<str>);

impl fmt::Display for ScopeDrainingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the scope `{}` takes no new work: it is draining or has ended", self.0)
    }
}

impl Error for ScopeDrainingError {}
