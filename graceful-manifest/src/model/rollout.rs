//! How a Deployment replaces its pods.

use std::fmt;

use crate::grant::{At, IntOrText};
use crate::tree::{Node, Position};

use super::fields::Fields;

/// How a Deployment replaces its pods.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rollout {
    /// The place of the strategy.
    pub(crate) position: Option<Position>,
    pub(crate) recreate: bool,
    surge: Amount,
}

/// A number of pods, or a share of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    Pods(u64),
    Percent(u64),
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pods(pods) => write!(f, "{pods}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Amount {
    pub(super) fn read(node: Node<'_>, field: &'static str, fields: &mut Fields) -> Option<At<Self>> {
        let At { value: read, position } = fields.int_or_text(node, field)?;
        let Some(value) = Self::of(read) else {
            let (key, value) = node.entry(field)?;
            return fields.refuse(key, value, field, "a number of pods such as `1`, or a share such as `50%`");
        };
        Some(At { value, position })
    }

    /// `None` if the value is neither a number nor a share.
    fn of(value: IntOrText<'_>) -> Option<Self> {
        match value {
            IntOrText::Int(pods) => u64::try_from(pods).ok().map(Self::Pods),
            IntOrText::Text(text) => {
                let digits = text.strip_suffix('%')?;
                (digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse().ok().map(Self::Percent))?
            }
        }
    }

    /// The number of pods, of `all` of them, rounded up.
    pub(crate) fn of_all(self, all: u64) -> u64 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(percent) => all.saturating_mul(percent).div_ceil(100),
        }
    }
}

impl Rollout {
    pub(crate) fn read(object: Node<'_>, fields: &mut Fields) -> Self {
        let mut rollout = Self { position: None, recreate: false, surge: Amount::Percent(25) };
        let Some((key, strategy)) = object.get("spec").and_then(|spec| spec.entry("strategy")) else { return rollout };
        rollout.position = Some(key.position());
        if let Some((key, _)) = strategy.entry("type").filter(|(_, kind)| kind.text() == Some("Recreate")) {
            rollout.recreate = true;
            rollout.position = Some(key.position());
            return rollout;
        }
        let update = strategy.get("rollingUpdate");
        if let Some(surge) = update.and_then(|update| Amount::read(update, "maxSurge", fields)) {
            rollout.position = Some(surge.position);
            rollout.surge = surge.value;
        }
        rollout
    }

    /// Whether an update starts a new pod before it ends an old one.
    pub(crate) fn surges(&self, replicas: u64) -> bool {
        !self.recreate && self.surge.of_all(replicas) > 0
    }
}
