//! How a Deployment replaces its pods.

use std::fmt;

use crate::grant::{At, IntOrText};
use crate::tree::{Node, Position};

use super::fields::Fields;

/// How a Deployment replaces its pods.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rollout {
    /// The place of the strategy.
    position: Option<Position>,
    strategy: Strategy,
}

#[derive(Debug, Clone, Copy)]
enum Strategy {
    Recreate,
    Rolling { surge: Option<At<Amount>>, unavailable: Option<At<Amount>> },
}

/// Why an update may end every pod before the next ones serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    Recreate,
    NoSurge,
    MaxUnavailable(Amount),
}

/// The default of `maxSurge` and `maxUnavailable`.
const DEFAULT: Amount = Amount::Percent(25);

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

    /// The number of pods, of `all` of them, rounded down.
    fn of_all_at_most(self, all: u64) -> u64 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(percent) => all.saturating_mul(percent) / 100,
        }
    }
}

impl Rollout {
    pub(crate) fn read(object: Node<'_>, fields: &mut Fields) -> Self {
        let (key, strategy) = object.get("spec").and_then(|spec| spec.entry("strategy")).unzip();
        let position = key.map(Node::position);
        if let Some((key, _)) =
            strategy.and_then(|strategy| strategy.entry("type")).filter(|(_, kind)| kind.text() == Some("Recreate"))
        {
            return Self { position: Some(key.position()), strategy: Strategy::Recreate };
        }
        let update = strategy.and_then(|strategy| strategy.get("rollingUpdate"));
        let mut amount = |field| update.and_then(|update| Amount::read(update, field, fields));
        Self {
            position,
            strategy: Strategy::Rolling { surge: amount("maxSurge"), unavailable: amount("maxUnavailable") },
        }
    }

    /// The reason, and its place, if an update of so many pods may end all of them before the next ones serve.
    pub(crate) fn gap(&self, replicas: u64) -> Option<(Gap, Option<Position>)> {
        if replicas == 0 {
            return None;
        }
        let Strategy::Rolling { surge, unavailable } = self.strategy else {
            return Some((Gap::Recreate, self.position));
        };
        let value = |amount: Option<At<Amount>>| amount.map_or(DEFAULT, |amount| amount.value);
        let at = |amount: Option<At<Amount>>| amount.map(|amount| amount.position).or(self.position);
        // If both are 0, Kubernetes takes 1 as `maxUnavailable`.
        if replicas == 1 && value(surge).of_all(replicas) == 0 {
            return Some((Gap::NoSurge, at(surge)));
        }
        let ends_all = value(unavailable).of_all_at_most(replicas) >= replicas;
        ends_all.then(|| (Gap::MaxUnavailable(value(unavailable)), at(unavailable)))
    }
}
