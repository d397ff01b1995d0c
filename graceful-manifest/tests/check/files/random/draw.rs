//! Draws files of each platform.

mod unit;

pub(super) use self::unit::unit;

use std::fmt::Write;
use std::time::Duration;

use graceful_manifest::Program;
use proptest::prelude::*;

use crate::cases::secs;
use crate::kubelet::mostly_fitting_program;
use crate::platform::{Container, Drawn};

/// A program, and the seconds that it needs.
fn any_case() -> impl Strategy<Value = (Program, i64)> {
    mostly_fitting_program().prop_map(|program| {
        let needed = i64::try_from(program.grace_period.as_secs()).unwrap_or(i64::MAX).min(1 << 30) + 1;
        (program, needed)
    })
}

/// A time, mostly about what the program needs.
fn any_time(needed: i64) -> impl Strategy<Value = u64> {
    (-3..6_i64).prop_map(move |spare| u64::try_from(needed + spare).unwrap_or(0))
}

fn any_signal() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["SIGTERM", "SIGINT", "SIGUSR1", "SIGQUIT"][..])
}

/// The words of a command.
fn any_words() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::select(vec![
        vec!["/api"],
        vec!["/api", "--fast"],
        vec!["sh", "-c", "migrate; exec /api"],
        vec!["sh", "-c", "migrate; /api"],
        vec!["sh", "/api.sh"],
        vec!["tini", "--", "/api"],
    ])
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn list(words: &[&str]) -> String {
    format!("{words:?}")
}

/// The words for systemd and Fly.io, which know quotes.
fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ")
}

fn grace_period(program: &Program, set: Option<u64>) -> Duration {
    set.map_or(program.grace_period, secs)
}

/// A file with a stage that the last one may be built on.
pub(super) fn dockerfile() -> impl Strategy<Value = Drawn> {
    let command = || prop::option::weighted(0.6, (any_words(), any::<bool>()));
    let signal = || prop::option::weighted(0.3, any_signal());
    let stage = || (command(), command(), signal(), any::<bool>());
    let files = (any_case(), stage(), stage(), any::<bool>(), prop::option::weighted(0.3, 1..60_u64));
    files.prop_map(|((program, _), first, last, is_on_first, grace)| {
        let mut text = "FROM debian AS base\n".to_owned();
        let (mut entrypoint, mut cmd, mut signal) = (None, None, "SIGTERM");
        for (index, (own_entrypoint, own_cmd, own_signal, is_cmd_first)) in [first, last].into_iter().enumerate() {
            if index == 1 {
                let _ = writeln!(text, "from {}", if is_on_first { "Base" } else { "scratch" });
                if !is_on_first {
                    (entrypoint, cmd, signal) = (None, None, "SIGTERM");
                }
            }
            if let Some(own_signal) = own_signal {
                let _ = writeln!(text, "STOPSIGNAL {own_signal}");
                signal = own_signal;
            }
            // An entry point drops the `CMD` of the stage before, and not the one of its stage.
            let keeps_cmd = is_cmd_first && own_cmd.is_some();
            let mut keys = [("ENTRYPOINT", own_entrypoint), ("CMD", own_cmd)];
            if is_cmd_first {
                keys.reverse();
            }
            for (key, command) in keys {
                let Some((words, is_shell)) = command else { continue };
                let executed = write_command(&mut text, key, &words, is_shell);
                if key == "CMD" {
                    cmd = Some(executed);
                } else {
                    entrypoint = Some((executed, is_shell));
                    cmd = cmd.filter(|_| keeps_cmd);
                }
            }
        }
        if let Some(grace) = grace {
            let _ = writeln!(text, "ENV A=1 GRACEFUL_GRACE_PERIOD={grace}s");
        }
        let words = match (entrypoint, cmd) {
            (Some((words, true)), _) => words,
            (entrypoint, cmd) => [entrypoint.map(|(words, _)| words), cmd].into_iter().flatten().flatten().collect(),
        };
        let words = if words.is_empty() { owned(&["/api"]) } else { words };
        // Whatever runs the image sets the time.
        let container = Container { granted: None, signal: signal.to_owned(), words };
        let grace_period = grace_period(&program, grace);
        Drawn { program, files: vec![("Dockerfile", text)], container, grace_period }
    })
}

/// Writes a command in one of the two forms. Returns what Docker executes.
fn write_command(text: &mut String, key: &str, words: &[&'static str], is_shell: bool) -> Vec<String> {
    let script = words.last().copied().unwrap_or_default();
    if is_shell {
        let _ = writeln!(text, "{key} {script}");
        return owned(&["sh", "-c", script]);
    }
    let _ = writeln!(text, "{key} {}", list(words));
    owned(words)
}

pub(super) fn fly() -> impl Strategy<Value = Drawn> {
    let files = any_case().prop_flat_map(|(program, needed)| {
        let time = prop::option::weighted(0.9, (any_time(needed), 0..4_u8));
        let grace = prop::option::weighted(0.2, any_time(needed / 2));
        (Just(program), time, prop::option::of(any_signal()), prop::option::of(any_words()), grace)
    });
    files.prop_map(|(program, time, signal, words, grace)| {
        let mut text = "app = \"shop\"\n".to_owned();
        if let Some((time, form)) = time {
            let _ = match form {
                0 | 1 => writeln!(text, "kill_timeout = {time}"),
                2 => writeln!(text, "kill_timeout = \"{time}s\""),
                _ => writeln!(text, "kill_timeout = '{}m{}s'", time / 60, time % 60),
            };
        }
        if let Some(signal) = signal {
            let _ = writeln!(text, "kill_signal = \"{signal}\"");
        }
        if let Some(words) = &words {
            let _ = writeln!(text, "[processes]\napi = \"{}\"", quoted(words));
        }
        let grace = grace.map(|grace| grace + 1);
        if let Some(grace) = grace {
            let _ = writeln!(text, "[env]\nGRACEFUL_GRACE_PERIOD = \"{grace}s\"");
        }
        let container = Container {
            granted: Some(secs(time.map_or(5, |(time, _)| time.min(300)))),
            signal: signal.unwrap_or("SIGINT").to_owned(),
            words: owned(&words.unwrap_or_else(|| vec!["/api"])),
        };
        let grace_period = grace_period(&program, grace);
        Drawn { program, files: vec![("fly.toml", text)], container, grace_period }
    })
}

/// A job in HCL or in JSON.
pub(super) fn nomad() -> impl Strategy<Value = Drawn> {
    let files = any_case().prop_flat_map(|(program, needed)| {
        let time = prop::option::weighted(0.9, any_time(needed));
        let grace = prop::option::weighted(0.2, any_time(needed / 2));
        let driver = prop::sample::select(vec!["exec", "docker"]);
        (
            Just(program),
            time,
            prop::option::of(any_signal()),
            prop::option::of(any_words()),
            grace,
            driver,
            any::<bool>(),
        )
    });
    files.prop_map(|(program, time, signal, words, grace, driver, is_json)| {
        let grace = grace.map(|grace| grace + 1);
        let docker = driver == "docker";
        let split = words.as_deref().and_then(<[_]>::split_first);
        let (name, text) = if is_json {
            let mut task = format!("\"Name\": \"api\", \"Driver\": \"{driver}\"");
            let time = time.map(|time| format!(", \"KillTimeout\": {}", u128::from(time) * 1_000_000_000));
            let signal = signal.map(|name| format!(", \"KillSignal\": \"{name}\""));
            let env = grace.map(|grace| format!(", \"Env\": {{\"GRACEFUL_GRACE_PERIOD\": \"{grace}s\"}}"));
            let config = split
                .map(|(first, rest)| format!(", \"Config\": {{\"command\": \"{first}\", \"args\": {}}}", list(rest)));
            task.extend([time, signal, env, config].into_iter().flatten());
            ("shop.json", format!("{{\"Job\": {{\"Name\": \"shop\", \"TaskGroups\": [{{\"Tasks\": [{{{task}}}]}}]}}}}"))
        } else {
            let mut task = format!("driver = \"{driver}\"\n");
            let time = time.map(|time| format!("kill_timeout = \"{}m{}s\"\n", time / 60, time % 60));
            let signal = signal.map(|name| format!("kill_signal = \"{name}\"\n"));
            let env = grace.map(|grace| format!("env {{\n GRACEFUL_GRACE_PERIOD = \"{grace}s\"\n}}\n"));
            let config =
                split.map(|(first, rest)| format!("config {{\n command = \"{first}\"\n args = {}\n}}\n", list(rest)));
            task.extend([time, signal, env, config].into_iter().flatten());
            ("shop.nomad.hcl", format!("job \"shop\" {{\n group \"a\" {{\n task \"api\" {{\n{task}}}\n}}\n}}\n"))
        };
        let container = Container {
            granted: Some(secs(time.filter(|&time| time > 0).unwrap_or(5))),
            signal: signal.unwrap_or(if docker { "SIGTERM" } else { "SIGINT" }).to_owned(),
            words: owned(&words.unwrap_or_else(|| vec!["/api"])),
        };
        let grace_period = grace_period(&program, grace);
        Drawn { program, files: vec![(name, text)], container, grace_period }
    })
}
