//! The report through serde: written as in `data`, and read back by dashboards and tests.
//!
//! What was written is read as it was, except that an error is only its text, and that durations have whole milliseconds.

use std::fmt;
use std::time::Duration;

use graceful_core::{HandlerPhase, Phase};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Abandoned, CutConnections, FailedTask, HandlerReport, PhaseReport, Report, SupervisedTask};
use crate::outcome::Outcome;
use crate::trigger::Reason;

macro_rules! serialize {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.data().serialize(serializer)
            }
        }
    )*};
}

serialize!(Report, Reason, Outcome, PhaseReport, HandlerReport, Abandoned, CutConnections, FailedTask, SupervisedTask);

/// Reads a type as another one that has the members of its JSON.
macro_rules! deserialize {
    ($($type:ident from $read:ty, $made:expr;)*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let make: fn($read) -> Result<Self, String> = $made;
                make(<$read>::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    )*};
}

deserialize! {
    Reason from ReadReason, ReadReason::make;
    Outcome from ReadOutcome, ReadOutcome::make;
    Abandoned from ReadAbandoned, |read| read.make();
    PhaseReport from ReadPhase, |read| Ok(read.make());
    HandlerReport from ReadHandler, |read| Ok(read.make());
    CutConnections from ReadCut, |read| Ok(read.make());
    FailedTask from ReadTask, |read| Ok(read.make());
    SupervisedTask from ReadSupervised, |read| Ok(read.make());
    Report from ReadReport, ReadReport::make;
}

/// A duration in milliseconds.
#[derive(Deserialize)]
struct Millis(u64);

impl Millis {
    fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

fn unknown(what: &str, found: &impl fmt::Display) -> String {
    format!("unknown {what} `{found}`")
}

#[derive(Deserialize)]
struct ReadReason {
    reason: String,
    #[serde(default)]
    task: Option<String>,
}

impl ReadReason {
    fn make(self) -> Result<Reason, String> {
        let task = self.task.unwrap_or_default();
        let others = [Reason::Requested, Reason::MainReturned, Reason::MainFailed, Reason::CriticalTask(task.into())];
        let found = others.into_iter().find(|reason| reason.label() == self.reason);
        let reason = found.or_else(|| self.reason.parse().ok().map(Reason::Signal));
        reason.ok_or_else(|| unknown("reason", &self.reason))
    }
}

#[derive(Deserialize)]
struct ReadOutcome {
    outcome: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    blocked: bool,
}

impl ReadOutcome {
    fn make(self) -> Result<Outcome, String> {
        let message = self.message.unwrap_or_default();
        let outcomes = [
            Outcome::Completed,
            Outcome::Failed(message.as_str().into()),
            Outcome::Panicked(message.clone()),
            Outcome::TimedOut { blocked: self.blocked },
            Outcome::Skipped(message),
            Outcome::Cancelled,
        ];
        let found = outcomes.into_iter().find(|outcome| outcome.label() == self.outcome);
        found.ok_or_else(|| unknown("outcome", &self.outcome))
    }
}

#[derive(Deserialize)]
struct ReadAbandoned {
    kind: String,
    #[serde(default)]
    number: usize,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    location: Option<String>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

impl ReadAbandoned {
    fn make(self) -> Result<Abandoned, String> {
        let kinds = [
            Abandoned::Main,
            Abandoned::Task { location: self.location.unwrap_or_default(), name: self.name, scope: self.scope.clone() },
            Abandoned::Connections { connections: self.number, scope: self.scope.clone() },
            Abandoned::InFlight { guards: self.number, scope: self.scope },
        ];
        let found = kinds.into_iter().find(|what| what.label() == self.kind);
        found.ok_or_else(|| unknown("kind of abandoned work", &self.kind))
    }
}

#[derive(Deserialize)]
struct ReadPhase {
    phase: Phase,
    started_ms: Millis,
    elapsed_ms: Millis,
}

impl ReadPhase {
    fn make(self) -> PhaseReport {
        PhaseReport { phase: self.phase, started: self.started_ms.duration(), elapsed: self.elapsed_ms.duration() }
    }
}

#[derive(Deserialize)]
struct ReadHandler {
    name: String,
    priority: i32,
    phase: HandlerPhase,
    timeout_ms: Millis,
    started_ms: Option<Millis>,
    elapsed_ms: Millis,
    #[serde(default)]
    after: Vec<String>,
    #[serde(flatten)]
    outcome: Outcome,
}

impl ReadHandler {
    fn make(self) -> HandlerReport {
        HandlerReport {
            name: self.name.into(),
            priority: self.priority,
            phase: self.phase,
            after: (!self.after.is_empty()).then(|| self.after.into()),
            timeout: self.timeout_ms.duration(),
            started: self.started_ms.map(Millis::duration),
            elapsed: self.elapsed_ms.duration(),
            outcome: self.outcome,
        }
    }
}

#[derive(Deserialize)]
struct ReadCut {
    connections: usize,
    description: String,
}

impl ReadCut {
    fn make(self) -> CutConnections {
        CutConnections { connections: self.connections, description: self.description }
    }
}

#[derive(Deserialize)]
struct ReadTask {
    name: String,
    #[serde(flatten)]
    outcome: Outcome,
}

impl ReadTask {
    fn make(self) -> FailedTask {
        FailedTask { name: self.name, outcome: self.outcome }
    }
}

#[derive(Deserialize)]
struct ReadSupervised {
    name: String,
    attempts: u32,
    #[serde(rename = "final")]
    is_final: bool,
    #[serde(flatten)]
    outcome: Outcome,
}

impl ReadSupervised {
    fn make(self) -> SupervisedTask {
        SupervisedTask { name: self.name, attempts: self.attempts, outcome: self.outcome, is_final: self.is_final }
    }
}

#[derive(Deserialize)]
struct ReadReport {
    #[serde(flatten)]
    reason: Reason,
    exit_code: u8,
    elapsed_ms: Millis,
    grace_period_ms: Millis,
    #[serde(default)]
    main_failure: Option<Outcome>,
    phases: Vec<PhaseReport>,
    handlers: Vec<HandlerReport>,
    abandoned: Vec<ReadAbandoned>,
    cut: CutConnections,
    failed_tasks: Vec<FailedTask>,
    #[serde(default)]
    supervised_tasks: Vec<SupervisedTask>,
    #[serde(default)]
    warnings: Vec<String>,
}

impl ReadReport {
    fn make(self) -> Result<Report, String> {
        let explained = self.abandoned.iter().map(|read| read.message.clone().unwrap_or_default()).collect();
        let abandoned: Result<_, String> = self.abandoned.into_iter().map(ReadAbandoned::make).collect();
        Ok(Report {
            reason: self.reason,
            grace_period: self.grace_period_ms.duration(),
            elapsed: self.elapsed_ms.duration(),
            phases: self.phases,
            handlers: self.handlers.into(),
            abandoned: abandoned?,
            explained,
            main_failure: self.main_failure,
            failed_tasks: self.failed_tasks,
            supervised_tasks: self.supervised_tasks,
            warnings: self.warnings,
            exit_code: self.exit_code,
            cut: self.cut,
        })
    }
}
