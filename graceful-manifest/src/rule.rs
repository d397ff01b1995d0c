//! The rules, with their names and severities.

use std::fmt;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The deployment fails: the program is killed, does not start, or its probes fail.
    Error,
    /// The deployment fails under some circumstances.
    Warning,
    /// Something that the reader of the findings should know. The deployment does not fail because of it.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

macro_rules! rules {
    ($($(#[doc = $summary:literal])* $rule:ident = $name:literal, $severity:ident;)*) => {
        /// A rule that a manifest can break.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(
                $(#[doc = $summary])*
                #[doc = ""]
                #[doc = include_str!(concat!("rule/pages/", $name, ".md"))]
                $rule,
            )*
        }

        impl Rule {
            /// All rules, errors first, then warnings, then notes.
            pub const ALL: &'static [Rule] = &[$(Rule::$rule),*];

            /// The rule's name, such as `grace-period-too-short`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Rule::$rule => $name,)*
                }
            }

            /// What the rule finds, in one or two sentences of Markdown.
            ///
            /// ```
            /// use graceful_manifest::Rule;
            ///
            /// let rule = Rule::ZeroGracePeriod;
            /// assert!(rule.summary().ends_with("the platform kills the program at once."));
            /// ```
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self {
                    $(Rule::$rule => concat!($($summary),*).trim_ascii(),)*
                }
            }

            /// The rule's page, in Markdown: why it matters, with sources; how to mend it; an example, before and
            /// after; and when to allow it.
            ///
            /// ```
            /// use graceful_manifest::Rule;
            ///
            /// assert!(Rule::ZeroGracePeriod.page().starts_with("## Why\n"));
            /// ```
            #[must_use]
            pub fn page(self) -> &'static str {
                match self {
                    $(Rule::$rule => include_str!(concat!("rule/pages/", $name, ".md")),)*
                }
            }

            /// The severity of the rule's findings.
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
    /// The granted time is less than the work before the signal, the plan's worst case and 1 s to spare together.
    /// If the handlers are not known, the grace period replaces the worst case.
    GracePeriodTooShort = "grace-period-too-short", Error;
    /// The granted time is 0: the platform kills the program at once.
    ZeroGracePeriod = "zero-grace-period", Error;
    /// The plan's worst case is longer than the grace period.
    PlanTooLong = "plan-too-long", Error;
    /// Lame duck and drain leave nothing of the grace period: the program refuses to start.
    ConfigurationRefused = "configuration-refused", Error;
    /// A variable `GRACEFUL_…` in `env` has a value that the program refuses.
    BadEnvironment = "bad-environment", Error;
    /// A probe uses a port or a path that the program does not serve.
    ProbeNotServed = "probe-not-served", Error;
    /// The stop signal does not start the shutdown.
    StopSignalNotHandled = "stop-signal-not-handled", Error;
    /// Shutdown handlers are linked, and nothing in the program runs them.
    HandlersWithoutMain = "handlers-without-main", Error;
    /// The platform sends no signal, so the program is not told to stop.
    NoStopSignal = "no-stop-signal", Error;
    /// systemd waits for a notification, or for pings of its watchdog, that it never gets.
    NotificationMissing = "notification-missing", Error;
    /// `Type=forking`: systemd waits for a process that starts another one and ends.
    ServiceType = "service-type", Error;
    /// A socket unit passes something else than the program takes under the name: another kind of socket, or with
    /// `Accept=yes` a connection.
    SocketType = "socket-type", Error;
    /// A field has a value that the platform refuses, or excludes another field that is also set.
    InvalidValue = "invalid-value", Error;

    /// The granted time is enough for the plan, but not for the forced exit at the end of the grace period.
    ForcedExitTooLate = "forced-exit-too-late", Warning;
    /// Neither preStop nor lame duck: connections still arrive while the listener closes.
    NoPreStopOrLameDuck = "no-pre-stop-or-lame-duck", Warning;
    /// Both preStop and lame duck: their times add up.
    PreStopAndLameDuck = "pre-stop-and-lame-duck", Warning;
    /// preStop runs the program `sleep`, which the image may lack; the `sleep` action needs no program.
    ExecSleep = "exec-sleep", Warning;
    /// The time that preStop takes is unknown.
    PreStopUnknown = "pre-stop-unknown", Warning;
    /// The value of a variable `GRACEFUL_…` is unknown.
    EnvironmentUnknown = "environment-unknown", Warning;
    /// A value that the check needs is not in the files: it comes from a variable, or from a file that is not given.
    ValueUnknown = "value-unknown", Warning;
    /// A variable `GRACEFUL_…` has a name that the program does not know, so it has no effect.
    UnknownVariable = "unknown-variable", Warning;
    /// The program is a sidecar, and the time may not be enough for the containers before it.
    Sidecar = "sidecar", Warning;
    /// The liveness probe requests a path of readiness.
    LivenessOnReady = "liveness-on-ready", Warning;
    /// The command of a health check succeeds whatever the program answers.
    HealthCheckIgnoresStatus = "health-check-ignores-status", Warning;
    /// The program answers readiness probes, and the `readinessProbe` is missing or asks elsewhere.
    ProbesNotAsked = "probes-not-asked", Warning;
    /// The `terminationGracePeriodSeconds` of a probe is too short.
    ProbeGracePeriodTooShort = "probe-grace-period-too-short", Warning;
    /// An update of a Deployment may end every pod before the next ones serve.
    NoPodDuringUpdate = "no-pod-during-update", Warning;
    /// Several replicas without a PodDisruptionBudget: all may be evicted at once.
    NoPodDisruptionBudget = "no-pod-disruption-budget", Warning;
    /// A PodDisruptionBudget demands more pods than there are replicas.
    PodDisruptionBudgetNeverMet = "pod-disruption-budget-never-met", Warning;
    /// A PodDisruptionBudget allows no eviction.
    PodDisruptionBudgetBlocks = "pod-disruption-budget-blocks", Warning;
    /// A proxy beside the program is an ordinary container, which may end before the program.
    ProxyEndsFirst = "proxy-ends-first", Warning;
    /// A shell is process 1: the signal does not reach the program, or may not.
    ShellAsProcess1 = "shell-as-process-1", Warning;
    /// The socket units pass other sockets than one that the program takes by name, so the program binds its address itself.
    SocketNotPassed = "socket-not-passed", Warning;
    /// A socket unit passes its sockets under a name that the program does not take, so nothing answers there.
    UnknownSocket = "unknown-socket", Warning;
    /// The instances of a template share sockets that systemd makes blocking whenever it starts one of them.
    BlockingSocket = "blocking-socket", Warning;
    /// A comment or an annotation for graceful cannot be read, so it has no effect.
    BadDeclaration = "bad-declaration", Warning;

    /// A load balancer outside the cluster learns of the pod's end at an interval that is not in the files.
    BalancerIntervalUnknown = "balancer-interval-unknown", Note;
    /// A rule is allowed that finds nothing.
    UnusedAllow = "unused-allow", Note;
    /// `kill_timeout` is more than Nomad's clients grant unless they are configured to.
    MaxKillTimeout = "max-kill-timeout", Note;
    /// A stop during the start ends with an exit code that systemd counts as a failure.
    SuccessExitStatus = "success-exit-status", Note;
    /// The file cannot set the time until SIGKILL, and the platform's default is too short for the program.
    TimeNotInFile = "time-not-in-file", Note;
}

impl Rule {
    /// Returns the rule with this name, or `None`.
    ///
    /// ```
    /// use graceful_manifest::Rule;
    ///
    /// assert_eq!(Rule::named("exec-sleep"), Some(Rule::ExecSleep));
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }

    /// Whether the finding is that something is unknown. The other rules are then checked without it.
    #[must_use]
    pub fn is_doubt(self) -> bool {
        matches!(
            self,
            Self::PreStopUnknown
                | Self::EnvironmentUnknown
                | Self::ValueUnknown
                | Self::Sidecar
                | Self::ShellAsProcess1
        )
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
    fn names_are_plain_and_unique() {
        let mut names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert!(names.iter().flat_map(|name| name.chars()).all(|c| c.is_ascii_lowercase() || c == '-' || c == '1'));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Rule::ALL.len());
        assert!(Rule::ALL.is_sorted_by_key(|rule| rule.severity()), "errors first");
    }
}
