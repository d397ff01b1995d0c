//! The handlers of a report.

use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use graceful_core::sort::sorted;

use super::HandlerReport;

/// In the order in which they began, and by name those that began at once. Most reports are never read, so they are sorted at the
/// first look.
#[derive(Debug, Clone)]
pub(super) struct Handlers {
    /// Each with the number of its group: handlers that began at the same time.
    began: Vec<(u32, HandlerReport)>,
    in_order: OnceLock<Vec<HandlerReport>>,
}

impl Handlers {
    pub(super) fn in_order(&self) -> &[HandlerReport] {
        self.in_order.get_or_init(|| {
            let in_order = sorted(self.began.iter().collect(), |a: &&(u32, HandlerReport), b: &&_| {
                (a.0, &a.1.name).cmp(&(b.0, &b.1.name))
            });
            in_order.into_iter().map(|(_, handler)| handler.clone()).collect()
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &HandlerReport> {
        self.began.iter().map(|(_, handler)| handler)
    }
}

impl FromIterator<(u32, HandlerReport)> for Handlers {
    fn from_iter<I: IntoIterator<Item = (u32, HandlerReport)>>(began: I) -> Self {
        Self { began: began.into_iter().collect(), in_order: OnceLock::new() }
    }
}

impl From<Vec<HandlerReport>> for Handlers {
    /// Of those that are in order.
    fn from(in_order: Vec<HandlerReport>) -> Self {
        (0..).zip(in_order).collect()
    }
}

impl PartialEq for Handlers {
    fn eq(&self, other: &Self) -> bool {
        self.in_order() == other.in_order()
    }
}

impl Eq for Handlers {}

impl Hash for Handlers {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.in_order().hash(state);
    }
}
