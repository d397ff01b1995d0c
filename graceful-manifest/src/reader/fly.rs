//! fly.toml: each process group of an app.
//!
//! <https://fly.io/docs/reference/configuration/>

use std::time::Duration;

use crate::error::Failure;
use crate::format::{Contents, File, Skip};
use crate::grant::{At, CommandLine, Grant, IntOrText, Platform, Port, Probe, ProbeAction, Question, Remark, Time};
use crate::grant::{label, signal_name};
use crate::syntax::words::words;
use crate::tree::{Node, Position};

use super::remarks::refused;
use super::time_span::number_or_span;
use super::variables::add_entry;

/// The group of an app that names none.
const DEFAULT_GROUP: &str = "app";

/// A file that has none of these is another one.
const KEYS: [&str; 7] = ["app", "kill_signal", "kill_timeout", "processes", "http_service", "services", "checks"];

/// The port of a service that names none.
const DEFAULT_PORT: i64 = 8080;

pub(crate) fn read<'t>(files: &[&'t File<'t>], contents: &mut Contents<'t>) -> Result<(), Failure> {
    for root in files.iter().flat_map(|file| file.tree.documents()) {
        if !KEYS.iter().any(|key| root.get(key).is_some()) {
            let (position, object) = (root.position(), "TOML".to_owned());
            contents.skipped.push(Skip { position, object, reason: "it has no key of fly.toml".to_owned() });
            continue;
        }
        let groups: Vec<_> = root.entries_of("processes").collect();
        if groups.is_empty() {
            contents.grants.add(grant(root, DEFAULT_GROUP, root.position(), None))?;
        }
        for (key, command) in groups {
            let line = command.text().and_then(|text| command_line(text, key.position()));
            contents.grants.add(grant(root, key.text().unwrap_or_default(), key.position(), line))?;
        }
    }
    Ok(())
}

fn grant<'t>(root: Node<'t>, group: &'t str, position: Position, line: Option<CommandLine<'t>>) -> Grant<'t> {
    let app = root.get("app").and_then(Node::text).unwrap_or_default();
    let mut grant = Grant::new(&Platform::FLY, label("app", app), group, position);
    grant.object_position = root.position();
    grant.time = time(root, &mut grant.remarks);
    grant.command_line = line;
    if let Some((key, signal)) = root.entry("kill_signal") {
        match signal.text() {
            Some(text) => grant.stop_signal = Some(At { value: signal_name(text), position: key.position() }),
            None => grant.remarks.push(refused(&Platform::FLY, key, signal, "a signal such as `SIGTERM`, in quotes")),
        }
    }
    for (name, value) in root.entries_of("env") {
        add_entry(&mut grant, name, value.text());
    }
    let http = root.get("http_service").into_iter();
    for service in http.chain(root.items_of("services")).filter(|&service| is_for(service, group)) {
        let port = service.entry("internal_port").map(|(key, port)| At { value: port.int(), position: key.position() });
        let port = port.unwrap_or(At { value: Some(DEFAULT_PORT), position: service.position() });
        let Some(number) = port.value else { continue };
        let port = At { value: IntOrText::Int(number), position: port.position };
        grant.ports.extend(u64::try_from(number).ok().map(|number| Port { name: None, number, on_host: false }));
        for (field, is_http) in [("checks", true), ("http_checks", true), ("tcp_checks", false)] {
            grant.probes.extend(service.items_of(field).map(|check| probe(check, field, is_http, port)));
        }
    }
    for (_, check) in root.entries_of("checks").filter(|&(_, check)| is_for(check, group)) {
        let Some((key, Some(number))) = check.entry("port").map(|(key, port)| (key, port.int())) else { continue };
        let port = At { value: IntOrText::Int(number), position: key.position() };
        grant.probes.push(probe(check, "checks", check.get("type").and_then(Node::text) == Some("http"), port));
    }
    grant
}

/// Whether a section is for this group. Without a list it is for all of them.
fn is_for(section: Node<'_>, group: &str) -> bool {
    section.get("processes").is_none_or(|groups| groups.items().any(|each| each.text() == Some(group)))
}

/// A number of seconds, or a duration with a unit.
fn time(root: Node<'_>, remarks: &mut Vec<Remark>) -> Time {
    let Some((key, value)) = root.entry("kill_timeout") else { return Time::Default(root.position()) };
    match number_or_span(value, Duration::from_secs) {
        Some(value) => Time::Set(At { value, position: key.position() }),
        None => {
            remarks.push(refused(&Platform::FLY, key, value, "a number of seconds, or a duration such as `\"30s\"`"));
            Time::Unknown
        }
    }
}

/// The words of a group's command, which the image's entry point is given. `None` if a quote is not closed.
fn command_line(text: &str, position: Position) -> Option<CommandLine<'_>> {
    let words: Vec<_> = words(text)?.into_iter().map(|word| word.text).collect();
    (!words.is_empty()).then_some(CommandLine { words, position, has_command: false })
}

/// A check, whose failure stops the traffic and restarts nothing.
fn probe<'t>(check: Node<'t>, field: &'static str, is_http: bool, port: At<IntOrText<'t>>) -> Probe<'t> {
    let path = check.entry("path").and_then(|(key, path)| Some(At { value: path.text()?, position: key.position() }));
    let action = match is_http {
        true => ProbeAction::Http {
            path: path.unwrap_or(At { value: "/", position: check.position() }),
            port,
            is_https: check.get("protocol").and_then(Node::text) == Some("https"),
            has_host: false,
        },
        false => ProbeAction::Tcp { port, has_host: false },
    };
    Probe { position: check.position(), question: Question::Readiness, field, action, from_inside: false, grace: None }
}
