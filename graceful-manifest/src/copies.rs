//! Live pods of one owner, which have the same mistakes: each is reported once.

use std::collections::HashSet;

use crate::grant::Grant;
use crate::rules::Draft;

/// The owners of several of the chosen pods.
#[derive(Debug)]
pub(crate) struct Owners(HashSet<String>);

impl Owners {
    pub(crate) fn of(chosen: &[&Grant<'_>]) -> Self {
        Self(chosen.iter().filter(|grant| grant.copies > 1).map(|grant| grant.title()).collect())
    }

    /// Keeps the first of equal drafts about pods of one owner.
    pub(crate) fn once<T>(&self, drafts: &mut Vec<T>, draft: impl Fn(&T) -> &Draft) {
        let mut seen = HashSet::new();
        drafts.retain(|item| {
            let Draft { rule, object, message, advice, .. } = draft(item);
            !self.0.contains(object) || seen.insert((*rule, object.clone(), message.clone(), advice.clone()))
        });
    }
}

/// The grants, and of the pods of one owner the first one.
pub(crate) fn first<'c, 't>(chosen: &[&'c Grant<'t>]) -> impl Iterator<Item = &'c Grant<'t>> {
    let mut seen = HashSet::new();
    chosen.iter().copied().filter(move |grant| seen.insert(grant.identity()))
}
