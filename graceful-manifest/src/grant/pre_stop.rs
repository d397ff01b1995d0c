//! Work before the signal, and its time.

use std::time::Duration;

use crate::shell::{Call, Command, End, Shell, base, commands};

/// Work that a platform does before the signal, such as the preStop hook of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PreStop {
    pub(crate) action: PreStopAction,
    /// The shortest time that it takes.
    pub(crate) at_least: Duration,
    /// It takes no longer than `at_least`.
    pub(crate) is_exact: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PreStopAction {
    /// The platform waits.
    Sleep,
    /// A program waits and does nothing else.
    ExecSleep,
    /// A program runs.
    Exec,
    /// The platform sends a request, or connects.
    Request,
}

impl PreStop {
    /// A wait of the platform itself.
    pub(crate) fn sleep(time: Duration) -> Self {
        Self { action: PreStopAction::Sleep, at_least: time, is_exact: true }
    }

    /// A command line.
    pub(crate) fn command(words: &[&str]) -> Self {
        let (at_least, is_exact) = command_time(words);
        let is_sleep = is_exact && !at_least.is_zero();
        Self { action: if is_sleep { PreStopAction::ExecSleep } else { PreStopAction::Exec }, at_least, is_exact }
    }

    /// A request of the platform, which takes an unknown time.
    pub(crate) fn request() -> Self {
        Self { action: PreStopAction::Request, at_least: Duration::ZERO, is_exact: false }
    }
}

/// The shortest time of a command, and whether it is known to take no longer.
fn command_time(words: &[&str]) -> (Duration, bool) {
    let words = Call::new(words).words;
    if let [program, times @ ..] = words
        && base(program) == "sleep"
    {
        return sleep(times).map_or((Duration::ZERO, false), |time| (time, true));
    }
    Shell::of(words).and_then(|shell| shell.script).map_or((Duration::ZERO, false), script_time)
}

/// The shortest time of a script, and whether it is known to take no longer. Only plain commands, one after another,
/// are understood. A command after one that is not understood may never be reached.
fn script_time(script: &str) -> (Duration, bool) {
    let mut total = Duration::ZERO;
    let Some(commands) = commands(script) else { return (total, false) };
    for command in &commands {
        match plain_time(command) {
            Some(time) => total = total.saturating_add(time),
            None => return (total, false),
        }
    }
    (total, true)
}

fn plain_time(command: &Command<'_>) -> Option<Duration> {
    if command.is_redirected || !matches!(command.end, End::Next | End::And) {
        return None;
    }
    let words: Vec<_> = command.words.iter().map(|word| word.text.as_deref()).collect::<Option<_>>()?;
    match words[..] {
        ["true" | ":" | "echo", ..] => Some(Duration::ZERO),
        [program, ref times @ ..] if base(program) == "sleep" => sleep(times),
        _ => None,
    }
}

/// The sum of the times, as coreutils' `sleep` takes them.
fn sleep(times: &[&str]) -> Option<Duration> {
    if times.is_empty() {
        return None;
    }
    times.iter().try_fold(Duration::ZERO, |total, time| {
        let (number, unit) = match time.char_indices().next_back()? {
            (at, 's') => (&time[..at], 1.0),
            (at, 'm') => (&time[..at], 60.0),
            (at, 'h') => (&time[..at], 3_600.0),
            (at, 'd') => (&time[..at], 86_400.0),
            _ => (*time, 1.0),
        };
        if !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            // `sleep infinity` never ends.
            return (*time == "infinity").then_some(Duration::MAX);
        }
        let number: f64 = number.parse().ok()?;
        Some(total.saturating_add(Duration::try_from_secs_f64(number * unit).unwrap_or(Duration::MAX)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeps_that_can_be_read() {
        for (words, millis) in [
            (&["sleep", "5"][..], 5_000),
            (&["/bin/sleep", "1.5"], 1_500),
            (&["/usr/bin/sleep", "1m", "30"], 90_000),
            (&["sh", "-c", "sleep 5"], 5_000),
            (&["/bin/sh", "-ec", "sleep 5; sleep 2 && true"], 7_000),
            (&["sh", "-c", "echo bye\nsleep 3\n"], 3_000),
            (&["sleep", "0.1h"], 360_000),
            (&["env", "busybox", "sleep", "5"], 5_000),
            (&["sh", "-e", "-c", "sleep 5", "name"], 5_000),
            (&["bash", "-euo", "pipefail", "-c", "sleep \\\n '5' # s"], 5_000),
            (&["sh", "-c", "echo 'a; sleep 5; b'"], 0),
        ] {
            assert_eq!(command_time(words), (Duration::from_millis(millis), true), "{words:?}");
        }
        assert_eq!(command_time(&["sleep", "infinity"]), (Duration::MAX, true));
        assert_eq!(command_time(&["sleep", "99999999999999999999999"]), (Duration::MAX, true));
    }

    #[test]
    fn what_cannot() {
        for (words, secs) in [
            (&["/app", "stop"][..], 0),
            (&[], 0),
            (&["sleep"], 0),
            (&["sleep", "$T"], 0),
            (&["sleep", "é"], 0),
            (&["sh", "-c", "sleep $T"], 0),
            (&["sh", "-c", "sleep 5 & wait"], 0),
            (&["sh", "-c", "sleep 5 || sleep 9"], 0),
            (&["sh", "-c", "nginx -s quit; sleep 5"], 0),
            (&["sh", "-c", "sleep 5; nginx -s quit"], 5),
            (&["sh", "-c", "echo $(sleep 9)"], 0),
            (&["sh", "-c", "sleep 5; (sleep 9)"], 5),
            (&["sh", "-c", "sleep 5; echo bye > /pipe"], 5),
            (&["sh", "-c", "sleep 5 '"], 0),
            (&["sh", "/app/sleep"], 0),
            (&["sh", "-c"], 0),
        ] {
            assert_eq!(command_time(words), (Duration::from_secs(secs), false), "{words:?}");
        }
    }
}
