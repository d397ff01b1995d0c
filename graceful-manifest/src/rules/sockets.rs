//! The sockets that systemd passes, and those that the program takes by name.
//!
//! A program may take further ones by a call that leaves no record, so without records nothing is compared. Without socket units
//! a program binds by itself.

use std::collections::{BTreeMap, BTreeSet};

use graceful_core::record::SocketKind;

use crate::grant::{At, Listen, Passed, Recipient, SocketUnit, Sockets};
use crate::rule::Rule;
use crate::text::{list, quote};
use crate::tree::Position;

use super::{Case, Findings};

/// The names of sockets, each with the kinds that the program takes under it.
type Taken<'p> = BTreeMap<&'p str, Vec<SocketKind>>;

type Given<'s, 't> = Vec<(&'s SocketUnit<'t>, Recipient<'s>)>;

pub(super) fn check(case: &Case<'_, '_>, sockets: &Sockets<'_>, findings: &mut Findings) {
    let mut taken = Taken::new();
    for socket in &case.program().sockets {
        taken.entry(&socket.name).or_default().push(socket.kind);
    }
    let given: Given<'_, '_> = sockets.units.iter().map(|unit| (unit, sockets.recipient(unit))).collect();
    if taken.is_empty() || given.is_empty() {
        return;
    }
    let missing = missing(&taken, &given);
    // Those of the missing ones that another finding is about.
    let mut meant = BTreeSet::new();
    for (unit, recipient) in &given {
        let expected = unit.name.and_then(|name| taken.get(name.value));
        let is_own = matches!(recipient, Recipient::Service | Recipient::Instance(_));
        if let Some(position) = unit.passes_connections().filter(|_| is_own || expected.is_some()) {
            connections(position, findings);
            meant.extend(unit.name.map(|name| name.value));
            meant.extend(candidates(&missing, unit));
            continue;
        }
        match (expected, recipient) {
            (_, Recipient::Other(_)) => {}
            (_, Recipient::Unknown) => meant.extend(candidates(&missing, unit)),
            (Some(kinds), Recipient::Service) => types(kinds, unit, findings),
            (Some(kinds), Recipient::Instance(instance)) => {
                types(kinds, unit, findings);
                only_one_instance(case, instance, unit, findings);
            }
            (None, _) => {
                let candidates = candidates(&missing, unit);
                unknown(unit, &candidates, &taken, findings);
                meant.extend(candidates);
            }
        }
    }
    let shared = given.iter().find(|(unit, recipient)| {
        let is_taken = unit.name.is_some_and(|name| taken.contains_key(name.value));
        is_taken && *recipient == Recipient::Service && unit.passes_connections().is_none()
    });
    if let Some((unit, _)) = shared.filter(|_| sockets.service.contains('@') && !sockets.non_blocking) {
        blocking(case, unit, findings);
    }
    for name in missing.into_keys().filter(|name| !meant.contains(name)) {
        not_passed(case, name, &given, findings);
    }
}

/// What the service gets from no unit.
fn missing<'p>(taken: &Taken<'p>, given: &Given<'_, '_>) -> Taken<'p> {
    let passed = given.iter().filter(|(_, recipient)| !matches!(recipient, Recipient::Other(_)));
    let passed: BTreeSet<_> = passed.filter_map(|(unit, _)| unit.name.map(|name| name.value)).collect();
    taken.iter().filter(|(name, _)| !passed.contains(*name)).map(|(&name, kinds)| (name, kinds.clone())).collect()
}

fn connections(position: Position, findings: &mut Findings) {
    let message = "with `Accept=yes` systemd starts an instance for each connection and passes the connection, but the program \
                   takes a listener";
    findings.add(Rule::SocketType, position, message, "remove `Accept`");
}

/// Compares what a unit passes with what the program takes under its name.
fn types(expected: &[SocketKind], unit: &SocketUnit<'_>, findings: &mut Findings) {
    let Some(&first) = expected.first() else { return };
    for listen in &unit.listens {
        let found = match listen.passes() {
            Passed::Socket(kind) if !expected.contains(&kind) => described(kind),
            Passed::Other => "another kind of socket",
            Passed::Socket(_) | Passed::Unknown => continue,
        };
        let message = format!(
            "the program takes this socket with `graceful::sockets::{}`, but {} passes {found}",
            first.label(),
            quote(listen.key)
        );
        findings.add(Rule::SocketType, listen.position, message, instead(first, listen));
    }
}

fn described(kind: SocketKind) -> &'static str {
    match kind {
        SocketKind::Tcp => "a TCP listener",
        SocketKind::Unix => "a Unix listener",
        SocketKind::Udp => "a UDP socket",
    }
}

/// What to write so that systemd passes a socket of this kind.
fn instead(kind: SocketKind, listen: &Listen<'_>) -> String {
    let key = match kind {
        SocketKind::Tcp | SocketKind::Unix => "ListenStream",
        SocketKind::Udp => "ListenDatagram",
    };
    let with_key = Listen { key, ..*listen };
    if with_key.passes() == Passed::Socket(kind) {
        return format!("write `{key}={}`", quote(listen.value).trim_matches('`'));
    }
    let address = if kind == SocketKind::Unix { "a path" } else { "a port" };
    format!("write `{key}=` and {address}")
}

/// The names under which the unit may be meant to pass its sockets.
fn candidates<'p>(missing: &Taken<'p>, unit: &SocketUnit<'_>) -> Vec<&'p str> {
    let passes = |kind: &SocketKind| {
        unit.listens.iter().map(Listen::passes).any(|passed| [Passed::Socket(*kind), Passed::Unknown].contains(&passed))
    };
    missing.iter().filter(|(_, kinds)| kinds.iter().any(passes)).map(|(&name, _)| name).collect()
}

/// The finding about a name that the program does not take.
fn unknown(unit: &SocketUnit<'_>, candidates: &[&str], taken: &Taken<'_>, findings: &mut Findings) {
    let Some(At { value: name, position }) = unit.name else { return };
    let default = if position == unit.position { ", the default," } else { "," };
    let names = list(taken.keys().copied());
    let message = format!("the unit passes its sockets as {}{default} but the program takes {names}", quote(name));
    let advice = match candidates {
        [] => "remove the unit, or take its sockets with `graceful::sockets`".to_owned(),
        [name] => format!("write `FileDescriptorName={}`", quote(name).trim_matches('`')),
        names => format!("write `FileDescriptorName=` and one of {}", list(names.iter().copied())),
    };
    findings.add(Rule::UnknownSocket, position, message, advice);
}

fn only_one_instance(case: &Case<'_, '_>, instance: &str, unit: &SocketUnit<'_>, findings: &mut Findings) {
    let (instance, unit_name) = (quote(instance), quote(unit.unit));
    let message = format!("of the instances of this service only {instance} gets the sockets of {unit_name}");
    findings.add(Rule::SocketNotPassed, case.grant.position, message, inherit(unit));
}

fn blocking(case: &Case<'_, '_>, unit: &SocketUnit<'_>, findings: &mut Findings) {
    let message = format!(
        "the start of an instance makes the sockets of {} blocking, also for an instance that runs, which then hangs",
        quote(unit.unit)
    );
    findings.add(Rule::BlockingSocket, case.grant.position, message, "write `NonBlocking=yes`");
}

/// The finding about a socket that the service does not get.
fn not_passed(case: &Case<'_, '_>, name: &str, given: &Given<'_, '_>, findings: &mut Findings) {
    let other = given.iter().find_map(|(unit, recipient)| match recipient {
        Recipient::Other(service) if unit.name.is_some_and(|other| other.value == name) => Some((unit, *service)),
        _ => None,
    });
    let name = quote(name);
    let (message, advice) = match other {
        Some((unit, service)) => (
            format!("{} passes the socket {name} to {}, and not to this service", quote(unit.unit), quote(service)),
            inherit(unit),
        ),
        None => (
            format!("no socket unit passes {name}, so the program binds its address, which a second instance cannot"),
            format!("add a socket unit with `FileDescriptorName={}`", name.trim_matches('`')),
        ),
    };
    findings.add(Rule::SocketNotPassed, case.grant.position, message, advice);
}

fn inherit(unit: &SocketUnit<'_>) -> String {
    format!("write `Sockets={}`", quote(unit.unit).trim_matches('`'))
}
