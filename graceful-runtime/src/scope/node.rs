//! A scope in the tree of scopes. The root is the program.
//!
//! References lead upwards: a handle, a piece of work and a child each own their scope, and the children are known weakly. So a
//! scope that nothing refers to is dropped, and leaves the tree then. A failure that nobody has read keeps its scope, and so does a
//! handler or a health check.
//!
//! The stage of each scope moves only forward. One lock per scope guards its stage and its counts, so a piece of work is either
//! counted before the drain begins, or refused. No lock is taken while another scope's is held, and nothing is dropped under one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use tokio::sync::SetOnce;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::end::End;
use super::part::Part;
use super::report::{Findings, ScopeReport};
#[cfg(feature = "axum")]
use super::serve::Served;
use crate::handler::Handler;
use crate::in_flight::Kind;
use crate::program::Program;
use crate::registry::{EntryId, Registry};

pub(crate) struct Node {
    pub(super) program: &'static Program,
    /// `None` for the root.
    parent: Option<Arc<Self>>,
    name: Arc<str>,
    /// The names from the outermost scope to this one, with slashes between them. Empty for the root.
    pub(super) path: Arc<str>,
    /// Cancelled when the drain begins, here or in a scope around it.
    pub(super) draining: CancellationToken,
    /// Set when the scope has ended and has left the tree.
    pub(super) ended: SetOnce<ScopeReport>,
    /// Once there was one.
    pub(super) handlers: OnceLock<Box<Registry<Handler>>>,
    state: Mutex<State>,
}

/// How far a scope has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Open,
    /// Work that comes from outside is refused.
    Draining,
    /// What was left of the work was aborted.
    Cut,
    /// What did not end then is not waited for.
    GivenUp,
    /// Nothing is waited for but the handlers.
    Closing,
    Ended,
}

pub(super) struct State {
    pub(super) stage: Stage,
    pub(super) tasks: usize,
    pub(super) guards: usize,
    pub(super) connections: usize,
    /// Open listeners. They are not in flight.
    pub(super) listeners: usize,
    #[cfg(feature = "axum")]
    pub(super) served: Option<Arc<Served>>,
    /// The health checks that end with the scope.
    pub(super) checks: Vec<EntryId>,
    /// Those that have not ended, and those that are being dropped.
    children: BTreeMap<Arc<str>, Weak<Node>>,
    /// When the drain began.
    pub(super) begin: Option<Instant>,
    pub(super) end: Option<End>,
    /// Cancels the handlers that run.
    pub(super) handlers_cut: Option<CancellationToken>,
    pub(super) findings: Findings,
    /// The scope itself, while it has findings, handlers or health checks.
    kept: Option<Arc<Node>>,
}

impl State {
    /// How much is in flight in the scope, without its descendants.
    pub(super) fn len(&self) -> usize {
        self.tasks + self.guards + self.connections
    }

    pub(super) fn of(&mut self, kind: Kind) -> &mut usize {
        match kind {
            Kind::Task => &mut self.tasks,
            Kind::Connection => &mut self.connections,
            Kind::LateGuard => &mut self.guards,
        }
    }

    pub(super) fn children(&self) -> impl Iterator<Item = Arc<Node>> {
        self.children.values().filter_map(Weak::upgrade)
    }

    /// Whether nothing is left that the end of the scope waits for.
    pub(super) fn is_settled(&self) -> bool {
        let own_work_is_over = self.stage == Stage::GivenUp || self.len() + self.listeners == 0;
        (Stage::Draining..=Stage::GivenUp).contains(&self.stage) && own_work_is_over && self.children.is_empty()
    }
}

impl Node {
    /// The root of a program's scopes. It drains with the program.
    pub(crate) fn root(program: &'static Program) -> Arc<Self> {
        Self::root_in(program, Stage::Open)
    }

    /// For a scope of a program that began to drain without any.
    pub(crate) fn ended_root(program: &'static Program) -> Arc<Self> {
        Self::root_in(program, Stage::Ended)
    }

    fn root_in(program: &'static Program, stage: Stage) -> Arc<Self> {
        Arc::new(Self::new(program, None, "".into(), "".into(), program.lifecycle.drain().clone(), stage))
    }

    fn new(
        program: &'static Program,
        parent: Option<Arc<Self>>,
        name: Arc<str>,
        path: Arc<str>,
        draining: CancellationToken,
        stage: Stage,
    ) -> Self {
        let state = State {
            stage,
            tasks: 0,
            guards: 0,
            connections: 0,
            listeners: 0,
            #[cfg(feature = "axum")]
            served: None,
            checks: Vec::new(),
            children: BTreeMap::new(),
            begin: None,
            end: None,
            handlers_cut: None,
            findings: Findings::default(),
            kept: None,
        };
        let (ended, handlers) = (SetOnce::new(), OnceLock::new());
        Self { program, parent, name, path, draining, ended, handlers, state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn parent(&self) -> Option<&Arc<Self>> {
        self.parent.as_ref()
    }

    /// The live scope of this name in this one, or a new one. In a scope that drains a new one has ended already.
    pub(crate) fn child(self: &Arc<Self>, name: &str) -> Arc<Self> {
        let mut state = self.state();
        if let Some(child) = state.children.get(name).and_then(Weak::upgrade) {
            return child;
        }
        let is_open = state.stage == Stage::Open;
        let name: Arc<str> = name.into();
        let path = if self.path.is_empty() { Arc::clone(&name) } else { self.name_of(&name).into() };
        let stage = if is_open { Stage::Open } else { Stage::Ended };
        let parent = Some(Arc::clone(self));
        let draining = self.draining.child_token();
        let child = Arc::new(Self::new(self.program, parent, Arc::clone(&name), path, draining, stage));
        if is_open {
            // One that is being dropped finds another one in its place.
            state.children.insert(name, Arc::downgrade(&child));
        } else {
            drop(state);
            let _ = child.ended.set(ScopeReport::new(&child.path, None, Findings::default()));
        }
        child
    }

    /// Removes a child, which has ended or is being dropped.
    pub(super) fn remove(&self, child: &Self) {
        let mut state = self.state();
        if state.children.get(&child.name).is_some_and(|known| std::ptr::eq(known.as_ptr(), child)) {
            state.children.remove(&child.name);
        }
    }

    /// The scope and its descendants. Each comes before those in it.
    pub(super) fn tree(self: &Arc<Self>) -> Vec<Arc<Self>> {
        self.tree_with(|_, _| ())
    }

    /// The same. Runs `visit` on each, under its lock: children that are added afterwards are not in the list.
    pub(super) fn tree_with(self: &Arc<Self>, mut visit: impl FnMut(&Arc<Self>, &mut State)) -> Vec<Arc<Self>> {
        let mut tree = vec![Arc::clone(self)];
        let mut next = 0;
        while let Some(node) = tree.get(next).cloned() {
            next += 1;
            let mut state = node.state();
            visit(&node, &mut state);
            tree.extend(state.children());
        }
        tree
    }

    pub(crate) fn program(&self) -> &'static Program {
        self.program
    }

    /// How much is in flight in the scope and in its descendants.
    pub(super) fn in_flight(self: &Arc<Self>) -> usize {
        self.tree().iter().map(|node| node.state().len()).sum()
    }

    /// The number of each scope of the tree in which it is not zero.
    pub(super) fn numbers(self: &Arc<Self>, number: fn(&State) -> usize) -> Vec<(Arc<str>, usize)> {
        let numbers = self.tree().into_iter().map(|node| (Arc::clone(&node.path), number(&node.state())));
        numbers.filter(|(_, number)| *number > 0).collect()
    }

    /// Takes out what the end of the scope waits for, and ends the scope if that was the last.
    pub(super) fn take_out(self: &Arc<Self>, one: impl FnOnce(&mut State) -> &mut usize) {
        let mut state = self.state();
        let number = one(&mut state);
        *number = number.saturating_sub(1);
        let ends = state.is_settled();
        drop(state);
        if ends {
            self.settle();
        }
    }

    /// Adds to what the report will say, and keeps the scope until it is read. Not after the end.
    pub(super) fn find(self: &Arc<Self>, add: impl FnOnce(&mut Findings)) {
        let mut state = self.state();
        if state.stage < Stage::Ended {
            add(&mut state.findings);
            self.keep(&mut state);
        }
    }

    /// Keeps the scope although nothing may refer to it.
    pub(super) fn keep(self: &Arc<Self>, state: &mut State) {
        state.kept.get_or_insert_with(|| Arc::clone(self));
    }

    /// Lets go of a scope that nothing keeps any more.
    pub(super) fn release(&self) {
        let mut state = self.state();
        let has_handlers = self.handlers.get().is_some_and(|handlers| !handlers.entries().list.is_empty());
        let is_kept = has_handlers || !state.checks.is_empty() || !state.findings.is_empty();
        let kept = if is_kept { None } else { state.kept.take() };
        drop(state);
        drop(kept);
    }

    /// Takes what the report says, at the end. The caller drops the second value when it has no lock.
    pub(super) fn take_findings(state: &mut State) -> (Findings, Option<Arc<Self>>) {
        (std::mem::take(&mut state.findings), state.kept.take())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(parent) = self.parent.take() {
            parent.remove(self);
            // It may have waited for this one.
            parent.settle();
        }
    }
}
