//! The rules, their names, and how severe it is when one is broken.

use std::fmt;

/// How severe a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It will go wrong: the program is killed, or does not start, or its probes fail.
    Error,
    /// It goes wrong under some circumstances.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident = $name:literal, $severity:ident;)*) => {
        /// What a finding is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// All rules, errors first.
            pub const ALL: &'static [Rule] = &[$(Rule::$rule),*];

            /// Its name, such as `grace-period-too-short`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Rule::$rule => $name,)*
                }
            }

            /// How severe it is to break it.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self {
                    $(Rule::$rule => Severity::$severity,)*
                }
            }
        }
    };
}

rules! {
    /// `terminationGracePeriodSeconds`, 30 when absent, is less than preStop, grace period and 1 s to spare together.
    GracePeriodTooShort = "grace-period-too-short", Error;
    /// `terminationGracePeriodSeconds: 0`: SIGKILL at once.
    ZeroGracePeriod = "zero-grace-period", Error;
    /// The plan's worst case is longer than the grace period.
    PlanTooLong = "plan-too-long", Error;
    /// Lame duck and drain leave nothing of the grace period: the program refuses to start.
    ConfigurationRefused = "configuration-refused", Error;
    /// A variable `GRACEFUL_…` in `env` has a value that the program refuses.
    BadEnvironment = "bad-environment", Error;
    /// A probe asks at a port or a path that the program doesn't serve.
    ProbeNotServed = "probe-not-served", Error;
    /// The stop signal is not among those that start the shutdown.
    StopSignalNotHandled = "stop-signal-not-handled", Error;
    /// A field has a value that Kubernetes refuses, or stands beside another one that excludes it.
    InvalidValue = "invalid-value", Error;

    /// Neither preStop nor lame duck: traffic still comes in while the listener closes.
    NoPreStopOrLameDuck = "no-pre-stop-or-lame-duck", Warning;
    /// Both preStop and lame duck: they add up.
    PreStopAndLameDuck = "pre-stop-and-lame-duck", Warning;
    /// The lame duck is over before the readiness probe has noticed, where nothing else tells.
    LameDuckTooShort = "lame-duck-too-short", Warning;
    /// preStop runs the program `sleep`, where the sleep action needs none.
    ExecSleep = "exec-sleep", Warning;
    /// How long preStop takes cannot be known.
    PreStopUnknown = "pre-stop-unknown", Warning;
    /// What a variable `GRACEFUL_…` is cannot be known.
    EnvironmentUnknown = "environment-unknown", Warning;
    /// The program is a sidecar: the other containers use up its time.
    Sidecar = "sidecar", Warning;
    /// The liveness probe asks for readiness.
    LivenessOnReady = "liveness-on-ready", Warning;
    /// A probe's own `terminationGracePeriodSeconds` is too short.
    ProbeGracePeriodTooShort = "probe-grace-period-too-short", Warning;
    /// One replica, which is gone before the next one is there.
    OneReplicaWithoutSurge = "one-replica-without-surge", Warning;
    /// Several replicas, and nothing that keeps them from being evicted all at once.
    NoPodDisruptionBudget = "no-pod-disruption-budget", Warning;
    /// A PodDisruptionBudget that more replicas would be needed to meet.
    PodDisruptionBudgetNeverMet = "pod-disruption-budget-never-met", Warning;
    /// A PodDisruptionBudget that never lets a pod go.
    PodDisruptionBudgetBlocks = "pod-disruption-budget-blocks", Warning;
    /// A shell is process 1: the signal does not get to the program, or may not.
    ShellAsProcess1 = "shell-as-process-1", Warning;
}

impl Rule {
    /// Whether it says that something cannot be known, so that the rest is checked without it.
    #[must_use]
    pub fn is_doubt(self) -> bool {
        matches!(self, Self::PreStopUnknown | Self::EnvironmentUnknown | Self::Sidecar | Self::ShellAsProcess1)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_their_own() {
        let mut names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert!(names.iter().flat_map(|name| name.chars()).all(|c| c.is_ascii_lowercase() || c == '-' || c == '1'));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Rule::ALL.len());
        assert!(Rule::ALL.is_sorted_by_key(|rule| rule.severity()), "errors first");
    }
}
