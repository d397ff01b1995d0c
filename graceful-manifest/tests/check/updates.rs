//! A model of the Deployment controller, as far as it replaces pods: what has no finding always has a pod that serves.

use graceful_manifest::Rule;
use proptest::prelude::*;

use crate::cases::{GOOD, check, program, random};

/// Pods, or percent of them.
#[derive(Debug, Clone, Copy)]
enum Amount {
    Pods(u64),
    Percent(u64),
}

impl Amount {
    fn yaml(self) -> String {
        match self {
            Self::Pods(pods) => pods.to_string(),
            Self::Percent(percent) => format!("{percent}%"),
        }
    }

    fn rounded(self, all: u64, up: bool) -> u64 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(percent) if up => (all * percent).div_ceil(100),
            Self::Percent(percent) => all * percent / 100,
        }
    }
}

fn any_amount() -> impl Strategy<Value = Amount> {
    prop_oneof![(0..6_u64).prop_map(Amount::Pods), (0..=100_u64).prop_map(Amount::Percent)]
}

/// The smallest number of pods that serve during an update in which each new pod takes a while to get ready.
fn least_available(replicas: u64, surge: Amount, unavailable: Amount) -> u64 {
    let surge = surge.rounded(replicas, true);
    let mut unavailable = unavailable.rounded(replicas, false).min(replicas);
    if surge == 0 && unavailable == 0 {
        unavailable = 1;
    }
    let (mut old, mut new, mut ready) = (replicas, 0, 0);
    let mut least = replicas;
    while ready < replicas {
        new = (replicas + surge - old).min(replicas).max(new);
        let may_end = (old + ready).saturating_sub(replicas - unavailable);
        old -= may_end.min(old);
        least = least.min(old + ready);
        new = (replicas + surge - old).min(replicas).max(new);
        ready = (ready + 1).min(new);
    }
    least
}

proptest! {
    #![proptest_config(random(500))]

    #[test]
    fn what_has_no_finding_always_has_a_pod(replicas in 1..8_u64, surge in any_amount(), unavailable in any_amount()) {
        let text = GOOD
            .replace("replicas: 3", &format!("replicas: {replicas}"))
            .replace("maxSurge: 1", &format!("maxSurge: {}", surge.yaml()))
            .replace("maxUnavailable: 0", &format!("maxUnavailable: {}", unavailable.yaml()));
        let is_found = check(&program(), &text).iter().any(|finding| finding.rule == Rule::NoPodDuringUpdate);
        prop_assert_eq!(is_found, least_available(replicas, surge, unavailable) == 0);
    }
}
