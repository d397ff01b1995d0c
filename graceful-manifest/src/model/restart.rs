//! The restart rule of a pod, which Kubernetes accepts or not.

use crate::grant::Remark;
use crate::rule::Rule;
use crate::template::Template;
use crate::text::{list, quote};

use super::kind::Kind;
use super::workload::Workload;

/// The finding about a restart rule that Kubernetes refuses.
pub(super) fn refused(workload: &Workload<'_>) -> Option<Remark> {
    let accepted: &[&str] = match workload.kind {
        Kind::Job => &["OnFailure", "Never"],
        Kind::Deployment | Kind::Replicated | Kind::DaemonSet => &["Always"],
        Kind::Pod | Kind::Knative | Kind::Other => return None,
    };
    let (position, policy, default) = match workload.spec.entry("restartPolicy") {
        Some((key, value)) => (key.position(), value.text().unwrap_or_default(), ""),
        None => (workload.spec_position, "Always", ", the default"),
    };
    if accepted.contains(&policy) || Template::of(policy).is_some() {
        return None;
    }
    let kind = quote(workload.kind_name);
    let message = format!(
        "`restartPolicy` is {}{default}, which Kubernetes refuses for a {}",
        quote(policy),
        kind.trim_matches('`')
    );
    let advice = format!("write {}", list(accepted.iter().copied()).replace(" and ", " or "));
    Some(Remark { rule: Rule::InvalidValue, position, message, advice })
}
