//! The part of a pod template that a program needs.

use std::fmt::Write as _;
use std::time::Duration;

use crate::program::Program;
use crate::text::{shown, whole_seconds, written};

/// Where there is no lame duck: what others wait, too.
const PRE_STOP: u64 = 5;

/// The part of a pod template that fits the program: what it must be granted, its probes, its signal, and a preStop where
/// it has no lame duck of its own.
///
/// It is to be merged into a template: it has no image, and no ports but that of the probes.
#[must_use]
pub fn snippet(program: &Program, container: &str) -> String {
    let pre_stop = if program.lame_duck.is_zero() { PRE_STOP } else { 0 };
    let needed = program.grace_period.saturating_add(Duration::from_secs(pre_stop + 1));
    let before = if pre_stop > 0 { format!("preStop {pre_stop} s + ") } else { String::new() };

    let mut text = String::from("spec:\n");
    // `fmt::Write` for `String` never fails.
    let _ = writeln!(text, "  # {before}grace period {} + 1 s to spare", shown(program.grace_period));
    let _ = writeln!(text, "  terminationGracePeriodSeconds: {}", whole_seconds(needed));
    let stop_signal = stop_signal(program);
    if stop_signal.is_some() {
        text.push_str("  os:\n    name: linux\n");
    }
    let _ = writeln!(text, "  containers:\n    - name: {}", scalar(container));
    if let Some(address) = program.probes.filter(|address| address.port() != 0) {
        let _ = writeln!(text, "      ports:\n        - name: probes\n          containerPort: {}", address.port());
        text.push_str(&probes(program));
    }
    if pre_stop > 0 || stop_signal.is_some() {
        text.push_str("      lifecycle:\n");
    }
    if let Some(signal) = stop_signal {
        let _ = writeln!(text, "        stopSignal: {}", scalar(signal));
    }
    if pre_stop > 0 {
        text.push_str("        # the kubelet waits until traffic has stopped: the image needs no `sleep`\n");
        let _ = writeln!(text, "        preStop:\n          sleep:\n            seconds: {pre_stop}");
    }
    text
}

fn probes(program: &Program) -> String {
    let mut text = String::new();
    let (period, failures) = readiness(program.lame_duck);
    if !program.lame_duck.is_zero() {
        let _ = writeln!(text, "      # is noticed within the lame duck of {}", written(program.lame_duck));
    }
    let _ = writeln!(
        text,
        "      readinessProbe:\n        httpGet:\n          path: /ready\n          port: probes\n        periodSeconds: {period}\n        \
         failureThreshold: {failures}"
    );
    text.push_str("      livenessProbe:\n        httpGet:\n          path: /livez\n          port: probes\n");
    text
}

/// How often to ask, and how often it may fail, so that the lame duck is not over before it is noticed.
fn readiness(lame_duck: Duration) -> (u64, u64) {
    match lame_duck.as_secs() {
        0 if lame_duck.is_zero() => (5, 2),
        0..2 => (1, 1),
        2..4 => (1, 2),
        4..10 => (2, 2),
        _ => (5, 2),
    }
}

/// Where SIGTERM doesn't start the shutdown: one that does.
fn stop_signal(program: &Program) -> Option<&str> {
    let handles_sigterm = program.signals.iter().any(|signal| signal == "SIGTERM");
    if handles_sigterm { None } else { program.signals.first().map(|signal| &**signal) }
}

/// In quotes, unless nothing could be taken for something else.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !WORDS.contains(&&*text.to_ascii_lowercase());
    if is_plain {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}
