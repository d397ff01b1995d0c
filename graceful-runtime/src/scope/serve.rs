//! Servers in a scope: what the scope knows of their listeners and connections.
//!
//! A server knows its scope as a [`Part`], as the rest of the program does.

use std::fmt;
use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::flag::Flag;
use super::member::Member;
use super::node::{Node, Stage, State};
use super::part::Part;
use super::report::Findings;
use crate::events;
use crate::in_flight::{Connections, Ended, Kind};
use crate::report::Abandoned;
use crate::spawn::Boxed;

/// What a scope shares with its servers. It exists once there was one.
pub(crate) struct Served {
    /// Whether the scope drains. The token of the drain has a lock, which each poll of a connection would take.
    drains: Flag,
    /// Cancelled when the connections are to be closed at once, those of the scope or of the whole program.
    cut: CancellationToken,
    /// Whether the report of the scope has the connections that were ended by force.
    is_reported: Flag,
    connections: Connections,
}

impl Served {
    pub(super) fn drain(&self) {
        self.drains.set();
    }
}

fn abandoned(path: &Arc<str>, ended: &Ended) -> Option<Abandoned> {
    let connections = ended.abandoned.number;
    (connections > 0).then(|| Abandoned::Connections { connections, scope: Some(path.to_string()) })
}

/// The scope of a server.
#[derive(Clone)]
pub(crate) struct InScope {
    part: Arc<dyn Part>,
    served: Arc<Served>,
}

impl InScope {
    pub(crate) fn path(&self) -> &str {
        self.part.path()
    }

    /// Whether the scope drains. `false` is possible for a moment after the drain of the program has begun.
    #[inline]
    pub(crate) fn drains(&self) -> bool {
        self.served.drains.is_set()
    }

    /// The token of the drain.
    pub(crate) fn draining(&self) -> &CancellationToken {
        self.part.draining()
    }

    /// The token of the cut.
    pub(crate) fn cut(&self) -> &CancellationToken {
        &self.served.cut
    }

    /// The connections of the scope.
    pub(crate) fn connections(&self) -> &Connections {
        &self.served.connections
    }

    /// When the connections are cut. `None` if the scope does not drain, or drains with the program.
    pub(crate) fn drain_end(&self) -> Option<Instant> {
        self.part.drain_end()
    }

    /// Counts a connection. `None` if only the program does.
    pub(crate) fn count_connection(&self) -> Option<Member> {
        Arc::clone(&self.part).count(Kind::Connection)
    }

    /// Resolves when the scope has ended. Cancel safe.
    pub(crate) fn has_ended(&self) -> Boxed<'_, ()> {
        self.part.has_ended()
    }
}

impl fmt::Debug for InScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InScope").field(&self.path()).finish()
    }
}

/// An open listener of a scope. The end of the scope waits until it is dropped, although nothing is in flight.
pub(crate) struct Listening(InScope);

impl Listening {
    /// `None` if the scope has ended, or its connections are being cut.
    pub(crate) fn begin(part: Arc<dyn Part>) -> Option<Self> {
        let served = Arc::clone(&part).begin_to_listen()?;
        Some(Self(InScope { part, served }))
    }

    pub(crate) fn scope(&self) -> &InScope {
        &self.0
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        Arc::clone(&self.0.part).stop_to_listen();
    }
}

impl Node {
    pub(super) fn begin_to_listen(&self) -> Option<Arc<Served>> {
        let mut state = self.state();
        let State { stage, listeners, served, .. } = &mut *state;
        let is_cut = served.as_ref().is_some_and(|served| served.cut.is_cancelled());
        if *stage >= Stage::Cut || is_cut {
            return None;
        }
        *listeners += 1;
        let served = served.get_or_insert_with(|| {
            Arc::new(Served {
                drains: Flag::new(*stage > Stage::Open),
                cut: self.program.cut_connections.child_token(),
                is_reported: Flag::new(false),
                connections: Connections::default(),
            })
        });
        Some(Arc::clone(served))
    }

    /// When the drain of the scope ends, or of one around it.
    pub(super) fn drain_end(&self) -> Option<Instant> {
        let mut earliest: Option<Instant> = None;
        let mut node = Some(self);
        while let Some(this) = node {
            let end = this.state().end;
            earliest = earliest.into_iter().chain(end.map(|end| end.cut_at)).min();
            node = this.parent().map(|parent| &**parent);
        }
        earliest
    }

    /// Cuts the connections of the scope and of its descendants, and names those on which the application still produced an answer.
    /// Returns whether any connection or listener was open.
    pub(super) fn cut_connections(self: &Arc<Self>, logs: bool) -> bool {
        let mut served = Vec::new();
        let mut is_any_open = false;
        self.tree_with(|node, state| {
            is_any_open |= state.connections + state.listeners > 0;
            served.extend(state.served.clone().map(|served| (Arc::clone(node), served, state.connections)));
        });
        for (node, served, connections) in served {
            if !served.is_reported.set() {
                continue;
            }
            // As long as they are open: who holds them is not known afterwards.
            let ended = served.connections.ended(connections);
            if let Some(what) = abandoned(&node.path, &ended) {
                Self::abandon(&node, what);
            }
            if logs {
                node.log_connections(ended);
            }
            served.cut.cancel();
        }
        is_any_open
    }

    /// Adds the connections that were cut before the end of the drain, at the end of the scope, unless a cut of all has added them.
    pub(super) fn with_connections(&self, mut findings: Findings, served: Option<Arc<Served>>) -> Findings {
        if let Some(served) = served.filter(|served| served.is_reported.set()) {
            let ended = served.connections.ended(0);
            findings.abandoned.extend(abandoned(&self.path, &ended));
            // In the shutdown of the program, it reports them too.
            if !self.program.lifecycle.is_shutting_down() {
                self.log_connections(ended);
            }
        }
        findings
    }

    fn log_connections(&self, ended: Ended) {
        if ended.abandoned.number + ended.cut.number > 0 {
            let path = Arc::clone(&self.path);
            self.program.output.log(move || events::scope_connections(&path, &ended));
        }
    }
}
