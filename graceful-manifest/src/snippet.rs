//! Pod-template YAML that matches a program.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use graceful_core::environment::PROBES;

use crate::program::Program;
use crate::text::{shown, whole_seconds};

/// The preStop of a program without a lame duck, in seconds.
const PRE_STOP: u64 = 5;

const ASKS: &str = "      readinessProbe:
        httpGet:
          path: /ready
          port: probes
        periodSeconds: 5
        failureThreshold: 2
      livenessProbe:
        httpGet:
          path: /livez
          port: probes
";

/// Returns pod-template YAML that matches the program: its grace period, its probes, its stop signal, and a preStop if
/// it has no lame duck.
///
/// Merge it into a template: it has no image, and no port but that of the probes. If the program serves its probes on
/// loopback, where the kubelet cannot reach them, a variable moves them. A plan that does not fit stays a finding of
/// [`Check`](crate::Check).
#[must_use]
pub fn snippet(program: &Program, container: &str) -> String {
    let stop_signal = program.stop_signal();
    let lame_duck = program.lame_duck;
    let pre_stop = if lame_duck.is_zero() { PRE_STOP } else { 0 };
    let needed = program.needed_time().saturating_add(Duration::from_secs(pre_stop));
    let before = if pre_stop > 0 { format!("preStop {pre_stop} s + ") } else { String::new() };

    let mut text = String::from("spec:\n");
    // `fmt::Write` for `String` never fails.
    let _ = writeln!(text, "  # {before}grace period {} + 1 s to spare", shown(program.grace_period));
    let _ = writeln!(text, "  terminationGracePeriodSeconds: {}", whole_seconds(needed));
    if stop_signal.is_some() {
        text.push_str("  os:\n    name: linux\n");
    }
    let _ = writeln!(text, "  containers:\n    - name: {}", scalar(container));
    if let Some(address) = program.probes.filter(|address| address.port() != 0) {
        let _ = writeln!(text, "      ports:\n        - name: probes\n          containerPort: {}", address.port());
        if address.ip().is_loopback() {
            text.push_str(&moved(address));
        }
        text.push_str(ASKS);
    }
    if pre_stop > 0 || stop_signal.is_some() {
        text.push_str("      lifecycle:\n");
    }
    if let Some(signal) = stop_signal {
        let _ = writeln!(text, "        stopSignal: {}", scalar(signal));
    }
    if pre_stop > 0 {
        text.push_str("        # the kubelet waits while traffic moves away: the image needs no `sleep`\n");
        let _ = writeln!(text, "        preStop:\n          sleep:\n            seconds: {pre_stop}");
    }
    text
}

/// The variable that moves the probes from loopback to all addresses.
fn moved(address: SocketAddr) -> String {
    let all = match address {
        SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
    };
    let (here, there) = (address.ip(), SocketAddr::new(all, address.port()));
    format!(
        "      env:\n        # the kubelet cannot reach {here}\n        - name: {}\n          value: \"{there}\"\n",
        PROBES.name()
    )
}

/// The text as a YAML scalar, in quotes unless it can only be a string.
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
