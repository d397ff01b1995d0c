//! The handlers of a report.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use graceful_core::sort::sorted;

use super::HandlerReport;

/// A handler. As long as it is running, its report says what it would have to say if everything ended now.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The number of its group: handlers that began at the same time.
    pub(super) group: u32,
    pub(super) running: bool,
    pub(super) report: HandlerReport,
}

/// In the order in which they began, and by name those that began at once. Most reports are never read, so they are sorted at the
/// first look.
#[derive(Debug, Clone)]
pub(super) struct Handlers {
    /// The recorder has the same list.
    began: Arc<Vec<Entry>>,
    in_order: OnceLock<Vec<HandlerReport>>,
}

impl Handlers {
    pub(super) fn in_order(&self) -> &[HandlerReport] {
        self.in_order.get_or_init(|| {
            // Each name is asked for once.
            let named = self.began.iter().map(|entry| ((entry.group, entry.report.name()), entry)).collect();
            let in_order = sorted(named, |(a, _), (b, _)| a.cmp(b));
            in_order.into_iter().map(|(_, entry)| entry.report.clone()).collect()
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &HandlerReport> {
        self.began.iter().map(|entry| &entry.report)
    }
}

impl From<Arc<Vec<Entry>>> for Handlers {
    fn from(began: Arc<Vec<Entry>>) -> Self {
        Self { began, in_order: OnceLock::new() }
    }
}

impl From<Vec<HandlerReport>> for Handlers {
    /// Of those that are in order.
    fn from(in_order: Vec<HandlerReport>) -> Self {
        let entries = (0..).zip(in_order).map(|(group, report)| Entry { group, running: false, report });
        Arc::new(entries.collect::<Vec<_>>()).into()
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
