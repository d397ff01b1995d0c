//! Labels, and the selectors of pods.

use std::collections::HashMap;

use crate::tree::Node;

/// The labels of a pod.
#[derive(Debug)]
pub(crate) struct Labels<'t>(HashMap<&'t str, &'t str>);

impl<'t> Labels<'t> {
    /// The labels of a pod, or of its template.
    pub(super) fn of(pod: Node<'t>) -> Self {
        let labels = pod.at(&["metadata", "labels"]);
        let labels = labels.iter().flat_map(|labels| labels.entries());
        Self(labels.filter_map(|(key, value)| Some((key.text()?, value.text()?))).collect())
    }

    /// Whether all entries of a mapping are among the labels.
    pub(super) fn have(&self, wanted: Node<'t>) -> bool {
        wanted.entries().all(|(key, value)| {
            let label = key.text().and_then(|key| self.0.get(key).copied());
            label.is_some() && label == value.text()
        })
    }
}

/// The selector of a PodDisruptionBudget.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selector<'t>(pub(super) Option<Node<'t>>);

impl<'t> Selector<'t> {
    /// The number of comparisons for one pod.
    pub(super) fn size(self) -> usize {
        let labels =
            self.0.and_then(|selector| selector.get("matchLabels")).map_or(0, |labels| labels.entries().count());
        let expressions = self.0.iter().flat_map(|selector| selector.items_of("matchExpressions"));
        1 + labels + expressions.map(|expression| 1 + expression.items_of("values").count()).sum::<usize>()
    }

    /// Whether the selector matches the labels. An empty one matches all labels, an absent one none.
    pub(super) fn matches(self, labels: &Labels<'t>) -> bool {
        let Some(selector) = self.0 else { return false };
        let by_labels = selector.get("matchLabels").is_none_or(|wanted| labels.have(wanted));
        by_labels && selector.items_of("matchExpressions").all(|expression| holds(expression, labels))
    }
}

fn holds<'t>(expression: Node<'t>, labels: &Labels<'t>) -> bool {
    let Some(key) = expression.get("key").and_then(Node::text) else { return false };
    let label = labels.0.get(key).copied();
    let is_listed =
        || label.is_some_and(|label| expression.items_of("values").any(|value| value.text() == Some(label)));
    match expression.get("operator").and_then(Node::text) {
        Some("In") => is_listed(),
        Some("NotIn") => !is_listed(),
        Some("Exists") => label.is_some(),
        Some("DoesNotExist") => label.is_none(),
        _ => false,
    }
}
