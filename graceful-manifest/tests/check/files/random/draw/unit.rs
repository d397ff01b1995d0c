//! Draws units of systemd.

use std::fmt::Write;

use graceful_manifest::Program;
use proptest::prelude::*;

use crate::cases::secs;
use crate::platform::{Container, Drawn};

use super::{any_case, any_time, any_words, grace_period, owned, quoted};

/// The unit as systemd has read it.
#[derive(Default)]
struct Service {
    time: Option<u64>,
    is_endless: bool,
    signal: &'static str,
    mode: &'static str,
    words: Vec<&'static str>,
    grace: Option<u64>,
    is_notified: bool,
}

/// What an assignment sets.
#[derive(Debug)]
enum Effect {
    Time(Option<u64>),
    Endless(bool),
    Signal(&'static str),
    Mode(&'static str),
    Words(Vec<&'static str>),
    Grace(u64),
    Notified(bool),
}

impl Service {
    fn set(&mut self, effect: Effect) {
        match effect {
            Effect::Time(time) => self.time = time,
            Effect::Endless(is_endless) => self.is_endless = is_endless,
            Effect::Signal(signal) => self.signal = signal,
            Effect::Mode(mode) => self.mode = mode,
            Effect::Words(words) => self.words = words,
            Effect::Grace(grace) => self.grace = Some(grace),
            Effect::Notified(is_notified) => self.is_notified = is_notified,
        }
    }
}

fn any_assignment(needed: i64) -> impl Strategy<Value = (String, Effect)> {
    let time = |key: &'static str| {
        any_time(needed).prop_map(move |time| {
            let text = match time % 3 {
                0 => format!("{time}"),
                1 => format!("{}min {}s", time / 60, time % 60),
                _ => format!("{time}sec"),
            };
            // 0 turns the limit off.
            let time = if time == 0 { u64::MAX } else { time };
            (format!("{key}={text}"), Effect::Time(Some(time)))
        })
    };
    let text = |key: &'static str, values: &'static [&'static str], effect: fn(&'static str) -> Effect| {
        prop::sample::select(values).prop_map(move |value| (format!("{key}={value}"), effect(value)))
    };
    let signals = text("KillSignal", &["SIGTERM", "SIGINT", "SIGQUIT", ""], |signal| {
        Effect::Signal(if signal.is_empty() { "SIGTERM" } else { signal })
    });
    let modes = text("KillMode", &["control-group", "mixed", "process", "none"], Effect::Mode);
    let endless = text("SendSIGKILL", &["yes", "no"], |value| Effect::Endless(value == "no"));
    let none = text("TimeoutStopSec", &["infinity", "0", ""], |value| {
        Effect::Time(if value.is_empty() { None } else { Some(u64::MAX) })
    });
    let kinds = text("Type", &["exec", "notify"], |value| Effect::Notified(value == "notify"));
    let commands =
        any_words().prop_map(|words| (format!("ExecStart=\nExecStart={}", quoted(&words)), Effect::Words(words)));
    let grace = any_time(needed / 2)
        .prop_map(|time| (format!("Environment=A=1 'GRACEFUL_GRACE_PERIOD={}s'", time + 1), Effect::Grace(time + 1)));
    prop_oneof![
        3 => time("TimeoutStopSec"),
        1 => time("TimeoutSec"),
        1 => none,
        1 => signals,
        1 => modes,
        1 => endless,
        1 => kinds,
        2 => commands,
        1 => grace,
    ]
}

/// A unit with a drop-in.
pub(in super::super) fn unit() -> impl Strategy<Value = Drawn> {
    let files = any_case().prop_flat_map(|(program, needed)| {
        let assignments = || prop::collection::vec(any_assignment(needed), 0..6);
        (Just(program), assignments(), prop::collection::vec(any_assignment(needed), 0..3), any::<bool>())
    });
    files.prop_map(|(program, unit, drop_in, is_built)| {
        let mut service =
            Service { signal: "SIGTERM", mode: "control-group", words: vec!["/api"], ..Service::default() };
        let mut text = |assignments: Vec<(String, Effect)>| {
            let mut text = "[Service]\nSuccessExitStatus=143\n".to_owned();
            for (line, effect) in assignments {
                let _ = writeln!(text, "{line}");
                service.set(effect);
            }
            text
        };
        let files = vec![("api.service", text(unit)), ("api.service.d/a.conf", text(drop_in))];
        let program = Program { notifies_systemd: Some(is_built), ..program };
        let extends = service.is_notified && is_built;
        let granted = if service.is_endless || extends { u64::MAX } else { service.time.unwrap_or(90) };
        let container = Container {
            granted: Some(granted).filter(|&granted| granted != u64::MAX).map(secs),
            signal: if service.mode == "none" { "nothing" } else { service.signal }.to_owned(),
            words: if service.mode == "control-group" { owned(&["/api"]) } else { owned(&service.words) },
        };
        let grace_period = grace_period(&program, service.grace);
        Drawn { program, files, container, grace_period }
    })
}
