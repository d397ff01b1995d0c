//! When a shutdown handler runs.

/// The phase in which a shutdown handler runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum HandlerPhase {
    /// While work in flight is drained: to stop a foreign server, to deregister from discovery.
    Drain,
    /// After the drain, when nothing is in flight any more: to close what the work used.
    #[default]
    Teardown,
}

#[cfg(feature = "serde")]
impl HandlerPhase {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Teardown => "teardown",
        }
    }
}
