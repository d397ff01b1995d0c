//! How a Deployment replaces its pods.

use std::fmt;

use crate::yaml::{Node, Position};

use super::fields::IntOrText;

/// How a Deployment replaces its pods.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rollout {
    /// Where that is said.
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
    /// `None` for what is neither.
    pub(crate) fn of(value: IntOrText<'_>) -> Option<Self> {
        match value {
            IntOrText::Int(pods) => u64::try_from(pods).ok().map(Self::Pods),
            IntOrText::Text(text) => {
                let digits = text.strip_suffix('%')?;
                (digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse().ok().map(Self::Percent))?
            }
        }
    }

    /// So many of `all`, rounded up.
    pub(crate) fn of_all(self, all: u64) -> u64 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(percent) => all.saturating_mul(percent).div_ceil(100),
        }
    }
}

impl Rollout {
    pub(crate) fn read(object: Node<'_>) -> Self {
        let mut rollout = Self { position: None, recreate: false, surge: Amount::Percent(25) };
        let Some((key, strategy)) = object.get("spec").and_then(|spec| spec.entry("strategy")) else { return rollout };
        rollout.position = Some(key.position());
        if let Some((key, _)) = strategy.entry("type").filter(|(_, kind)| kind.text() == Some("Recreate")) {
            rollout.recreate = true;
            rollout.position = Some(key.position());
            return rollout;
        }
        let surge = strategy.get("rollingUpdate").and_then(|update| update.entry("maxSurge"));
        if let Some((key, value)) = surge {
            let read = match (value.int(), value.text()) {
                (Some(int), _) => Amount::of(IntOrText::Int(int)),
                (None, Some(text)) => Amount::of(IntOrText::Text(text)),
                (None, None) => None,
            };
            if let Some(amount) = read {
                rollout.position = Some(key.position());
                rollout.surge = amount;
            }
        }
        rollout
    }

    /// Whether a new pod is begun before an old one ends.
    pub(crate) fn surges(&self, replicas: u64) -> bool {
        !self.recreate && self.surge.of_all(replicas) > 0
    }
}
