//! Services of systemd: the main process of each, with the drop-ins and the socket units that are given with it.
//!
//! <https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html>,
//! <https://www.freedesktop.org/software/systemd/man/latest/systemd.kill.html>

mod assignments;
mod commands;
mod sockets;

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use graceful_core::Signal;

use crate::error::Failure;
use crate::format::{Contents, File, Skip, file_name};
use crate::grant::{At, Grant, Platform, Remark, SocketUnit, Sockets, Time, Unit, label, signal_name};
use crate::rule::Rule;
use crate::text::quote;
use crate::tree::{Node, Position};

use self::assignments::Assignments;
use self::commands::{MainProcess, kills};
use super::remarks::refused;
use super::time_span::{SYSTEMD, time_span};
use super::variables::{add_entry, add_variable};

pub(crate) fn read<'t>(files: &[&'t File<'t>], contents: &mut Contents<'t>) -> Result<(), Failure> {
    // Each with its folder.
    let mut drop_ins: Vec<_> = files.iter().filter_map(|&file| Some((drop_in_folder(file)?, file))).collect();
    let units: Vec<_> = files.iter().filter(|file| drop_in_folder(file).is_none()).collect();
    // The names decide, whichever folder they are in.
    drop_ins.sort_by_key(|(_, file)| file_name(&file.source));
    let assignments = |section: &str, unit: &'t File<'t>| {
        let name = file_name(&unit.source);
        let own = drop_ins.iter().filter(|(folder, _)| applies(folder, name)).map(|(_, file)| &file.tree);
        Assignments::of(section, std::iter::once(&unit.tree).chain(own))
    };
    let sockets = units.iter().filter_map(|unit| sockets::read(file_name(&unit.source), &assignments("Socket", unit)));
    let sockets: Rc<[_]> = sockets.collect();
    for unit in &units {
        let name = file_name(&unit.source);
        let service = assignments("Service", unit);
        let object = label("unit", name);
        match (service.section, unit.tree.documents().next()) {
            (Some(section), _) => contents.grants.add(grant(&service, object, name, section, &sockets))?,
            _ if sockets::read(name, &assignments("Socket", unit)).is_some() => {}
            (None, Some(root)) => {
                let reason = "it has no section `[Service]`".to_owned();
                contents.skipped.push(Skip { position: root.position(), object, reason });
            }
            (None, None) => {}
        }
    }
    for (folder, drop_in) in drop_ins {
        let is_used = units.iter().any(|unit| applies(folder, file_name(&unit.source)));
        if let Some(root) = drop_in.tree.documents().next().filter(|_| !is_used) {
            let object = label("drop-in", file_name(&drop_in.source));
            let reason = "the unit that it belongs to was not given".to_owned();
            contents.skipped.push(Skip { position: root.position(), object, reason });
        }
    }
    Ok(())
}

/// The folder of a drop-in, without its `.d`: the name of a unit, or of a kind such as `service`.
fn drop_in_folder<'t>(file: &File<'t>) -> Option<&'t str> {
    let mut parts = file.source.name.rsplit(['/', '\\']);
    parts.next().filter(|name| name.ends_with(".conf"))?;
    parts.next()?.strip_suffix(".d")
}

fn applies(folder: &str, unit: &str) -> bool {
    folder == unit || unit.rsplit_once('.').map_or("service", |(_, kind)| kind) == folder
}

fn grant<'t>(
    service: &Assignments<'t>,
    object: String,
    file: &'t str,
    section: Position,
    sockets: &Rc<[SocketUnit<'t>]>,
) -> Grant<'t> {
    let name = file.strip_suffix(".service").unwrap_or(file);
    let mut grant = Grant::new(&Platform::SYSTEMD, object, name, section);
    let main = service.list("ExecStart").next().map(|(key, words)| MainProcess::new(key, words));
    grant.time = time(service, &mut grant.remarks);
    grant.stop_signal = signal(service, "KillSignal");
    kill_mode(service, main.as_ref(), &mut grant);
    environment(service, &mut grant);
    let inherited = sockets::inherited(service, file);
    let non_blocking = service.text("NonBlocking").is_some_and(is_true);
    let sockets = Sockets { service: file, inherited, non_blocking, units: Rc::clone(sockets) };
    let unit = unit(service, main.as_ref(), sockets, &mut grant.remarks);
    exit_status(service, &mut grant);
    grant.unit = Some(unit);
    grant
}

/// The time until SIGKILL. Both 0 and `infinity` turn it off.
fn time(service: &Assignments<'_>, remarks: &mut Vec<Remark>) -> Time {
    if service.text("SendSIGKILL").is_some_and(is_false) {
        return Time::Endless;
    }
    let Some((key, value)) = service.last(&["TimeoutStopSec", "TimeoutSec"]) else {
        return service.section.map_or(Time::Unknown, Time::Default);
    };
    let text = value.text().unwrap_or_default();
    match time_span(text, SYSTEMD) {
        _ if text == "infinity" => Time::Endless,
        Some(Duration::ZERO) => Time::Endless,
        Some(value) => Time::Set(At { value, position: key.position() }),
        None => {
            remarks.push(refused(&Platform::SYSTEMD, key, value, "a time such as `30s`"));
            Time::Unknown
        }
    }
}

fn signal<'t>(service: &Assignments<'t>, key: &str) -> Option<At<Cow<'t, str>>> {
    let (key, value) = service.last(&[key])?;
    Some(At { value: signal_name(value.text()?), position: key.position() })
}

/// To whom the signal is sent. By default to each process of the service, so also to a program that a shell runs.
fn kill_mode<'t>(service: &Assignments<'t>, main: Option<&MainProcess<'t>>, grant: &mut Grant<'t>) {
    let Some((key, value)) = service.last(&["KillMode"]) else { return };
    match value.text().unwrap_or_default() {
        "mixed" | "process" => grant.command_line = main.map(MainProcess::command_line),
        "none" if service.list("ExecStop").next().is_none() => grant.remarks.push(Remark {
            rule: Rule::NoStopSignal,
            position: key.position(),
            message: "`KillMode` is `none`: systemd sends no signal, so the program keeps running after the stop"
                .to_owned(),
            advice: "write `KillMode=mixed`".to_owned(),
        }),
        "none" | "control-group" => {}
        _ => grant.remarks.push(refused(&Platform::SYSTEMD, key, value, "`mixed` or `control-group`")),
    }
}

fn environment<'t>(service: &Assignments<'t>, grant: &mut Grant<'t>) {
    for (_, words) in service.list("PassEnvironment") {
        for name in words.items() {
            add_entry(grant, name, None::<&str>);
        }
    }
    for (_, words) in service.list("Environment") {
        for word in words.items() {
            let Some((name, value)) = word.text().and_then(|text| text.split_once('=')) else { continue };
            // A specifier such as `%i`.
            add_variable(grant, name, word.position(), Some(value).filter(|value| !value.contains('%')));
        }
    }
    for (_, words) in service.list("UnsetEnvironment") {
        for name in words.items().filter_map(Node::text) {
            grant.variables.retain(|variable| variable.name != name);
        }
    }
}

/// Notifications and further signals.
fn unit<'t>(
    service: &Assignments<'t>,
    main: Option<&MainProcess<'t>>,
    sockets: Sockets<'t>,
    remarks: &mut Vec<Remark>,
) -> Unit<'t> {
    let kind = service.last(&["Type"]);
    let is = |name: &str| kind.filter(|(_, value)| value.text() == Some(name)).map(|(key, _)| key.position());
    if let Some(position) = is("forking") {
        remarks.push(Remark {
            rule: Rule::ServiceType,
            position,
            message:
                "`Type` is `forking`: systemd waits until the program has started another process and ended, which it \
                      does not, and then ends it"
                    .to_owned(),
            advice: "write `Type=exec`, or `Type=notify` with the feature `systemd`".to_owned(),
        });
    }
    let ready = is("notify").or_else(|| is("notify-reload"));
    let reads_children = service.text("NotifyAccess") == Some("all");
    if let (Some(position), Some(shell)) =
        (ready.filter(|_| !reads_children), main.and_then(MainProcess::staying_shell))
    {
        remarks.push(Remark {
            rule: Rule::NotificationMissing,
            position,
            message: format!(
                "systemd waits for the main process to be ready, which is the shell {}, and ignores what the program sends",
                quote(shell)
            ),
            advice: "write `exec` before the program in the script, or `NotifyAccess=all`".to_owned(),
        });
    }
    let watchdog = service.last(&["WatchdogSec"]).filter(|(_, value)| {
        value.text().is_some_and(|text| time_span(text, SYSTEMD).is_none_or(|time| !time.is_zero()))
    });
    Unit { ready, watchdog: watchdog.map(|(key, _)| key.position()), signals: signals(service), sockets }
}

/// The signals beside the stop signal, each with the key that sends it.
fn signals<'t>(service: &Assignments<'t>) -> Vec<(&'static str, At<Cow<'t, str>>)> {
    let mut signals = Vec::new();
    if let Some((key, _)) = service.last(&["SendSIGHUP"]).filter(|(_, value)| value.text().is_some_and(is_true)) {
        let value = Cow::Borrowed(Signal::Hangup.label());
        signals.push(("SendSIGHUP", At { value, position: key.position() }));
    }
    signals.extend(signal(service, "RestartKillSignal").map(|signal| ("RestartKillSignal", signal)));
    for (key, words) in service.list("ExecStop") {
        signals.extend(kills(words).map(|value| ("ExecStop", At { value, position: key.position() })));
    }
    signals
}

/// A start that the stop signal cancels ends with 128 and the number of the signal.
fn exit_status(service: &Assignments<'_>, grant: &mut Grant<'_>) {
    let Ok(signal) = grant.signal().parse::<Signal>() else { return };
    let code = (128 + u32::from(signal.number())).to_string();
    let mut known = service.list("SuccessExitStatus").flat_map(|(_, words)| words.items()).filter_map(Node::text);
    if !known.any(|status| status == code) {
        grant.remarks.push(Remark {
            rule: Rule::SuccessExitStatus,
            position: grant.position,
            message: format!(
                "a stop before the program is ready ends it with the exit code {code}, which systemd counts as a failure"
            ),
            advice: format!("write `SuccessExitStatus={code}`"),
        });
    }
}

fn is_true(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "1" | "yes" | "y" | "true" | "t" | "on")
}

fn is_false(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "0" | "no" | "n" | "false" | "f" | "off")
}
