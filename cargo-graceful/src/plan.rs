//! `cargo graceful plan`

use std::fmt::Write as _;

use graceful_core::duration::millis;
use graceful_core::plan::Plan;
use graceful_core::text::{duration, escape};
use serde::Serialize;

use crate::json;
use crate::program::Program;

/// How many entries of a list are shown.
const MAX_LISTED: usize = 12;

/// The warning for a program without `main`.
pub(crate) const WITHOUT_MAIN: &str = "the program has no `#[graceful::main]`: the plan has the defaults, because the values \
                                       of a `Config` are known only at run time";

/// The plan as `graceful::plan()` prints it, then signals, probes and health checks.
pub(crate) fn picture(program: &Program) -> String {
    let mut rows = vec![("signals", list(program.signals.iter().map(|signal| escape(signal))))];
    if let Some(probes) = program.main.as_ref().and_then(|main| main.probes) {
        rows.push(("probes", probes.to_string()));
    }
    let checks = program.health_checks.iter();
    let checks = list(checks.map(|check| format!("{} ({})", escape(&check.name), duration(check.timeout))));
    rows.push(("health checks", checks));

    let mut text = format!("{}\n\n", program.plan);
    for (name, value) in rows {
        let _ = writeln!(text, "{name:13}  {value}");
    }
    text
}

fn list(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MAX_LISTED);
    let names: Vec<_> = names.take(MAX_LISTED).collect();
    match more {
        _ if names.is_empty() => "none".to_owned(),
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[derive(Serialize)]
struct View<'a> {
    #[serde(rename = "crate")]
    krate: Option<&'a str>,
    location: Option<&'a str>,
    signals: &'a [String],
    probes: Option<String>,
    health_checks: Vec<CheckView<'a>>,
    /// Serialized as `graceful::plan()` is.
    plan: &'a Plan,
}

#[derive(Serialize)]
struct CheckView<'a> {
    name: &'a str,
    timeout_ms: u64,
    location: &'a str,
}

/// The plan, signals, probes and health checks as JSON.
pub(crate) fn json(program: &Program) -> Result<String, serde_json::Error> {
    let main = program.main.as_ref();
    let checks = program.health_checks.iter().map(|check| CheckView {
        name: &check.name,
        timeout_ms: millis(check.timeout),
        location: &check.location,
    });
    let view = View {
        krate: main.map(|main| &*main.krate),
        location: main.map(|main| &*main.location),
        signals: &program.signals,
        probes: main.and_then(|main| main.probes).map(|probes| probes.to_string()),
        health_checks: checks.collect(),
        plan: &program.plan,
    };
    json::print(&view)
}
