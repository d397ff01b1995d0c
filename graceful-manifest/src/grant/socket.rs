//! The socket units of systemd, and the services that they pass their sockets to.

use std::collections::BTreeSet;
use std::rc::Rc;

use graceful_core::record::SocketKind;

use crate::tree::Position;

use super::At;

/// The socket units that are given with a service.
#[derive(Debug)]
pub(crate) struct Sockets<'t> {
    /// The name of the service, such as `api@.service`.
    pub(crate) service: &'t str,
    /// The units in the service's `Sockets=`. `None`: a name depends on a specifier.
    pub(crate) inherited: Option<BTreeSet<String>>,
    /// Whether systemd leaves the sockets non-blocking: `NonBlocking=yes`.
    pub(crate) non_blocking: bool,
    pub(crate) units: Rc<[SocketUnit<'t>]>,
}

/// A socket unit.
#[derive(Debug)]
pub(crate) struct SocketUnit<'t> {
    /// Its name, such as `api.socket`.
    pub(crate) unit: &'t str,
    /// The place of its section.
    pub(crate) position: Position,
    /// The name of its sockets, and the place of the key or of the section. `None`: it depends on a specifier.
    pub(crate) name: Option<At<&'t str>>,
    pub(crate) listens: Vec<Listen<'t>>,
    /// The place of `Accept=yes`.
    pub(crate) accept: Option<Position>,
    /// The service that it starts. `None`: the name depends on a specifier.
    pub(crate) service: Option<String>,
}

/// A key such as `ListenStream`, with its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listen<'t> {
    pub(crate) key: &'t str,
    pub(crate) value: &'t str,
    pub(crate) position: Position,
}

/// What systemd passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    Socket(SocketKind),
    /// Nothing that a program can take.
    Other,
    /// It depends on a specifier.
    Unknown,
}

/// Who gets the sockets of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recipient<'s> {
    /// The service.
    Service,
    /// Of the template's instances only this one.
    Instance(&'s str),
    /// Another service.
    Other(&'s str),
    /// It depends on a specifier.
    Unknown,
}

impl<'t> Sockets<'t> {
    /// Who gets the sockets of this unit: the services that list it in `Sockets=`, and the one that it starts.
    pub(crate) fn recipient<'s>(&self, socket: &'s SocketUnit<'t>) -> Recipient<'s> {
        let Some(inherited) = &self.inherited else { return Recipient::Unknown };
        if inherited.contains(socket.unit) {
            return Recipient::Service;
        }
        let Some(service) = &socket.service else { return Recipient::Unknown };
        if service == self.service {
            return Recipient::Service;
        }
        let prefix = self.service.strip_suffix(".service").filter(|name| name.ends_with('@'));
        let instance = prefix.and_then(|prefix| service.strip_prefix(prefix)?.strip_suffix(".service"));
        instance.map_or(Recipient::Other(service), Recipient::Instance)
    }
}

impl SocketUnit<'_> {
    /// The place of `Accept=yes`, if a socket has connections.
    pub(crate) fn passes_connections(&self) -> Option<Position> {
        self.accept.filter(|_| self.listens.iter().any(|listen| listen.key != "ListenDatagram"))
    }
}

impl Listen<'_> {
    /// What systemd passes for it.
    pub(crate) fn passes(&self) -> Passed {
        match self.key {
            _ if self.value.starts_with('%') => Passed::Unknown,
            "ListenStream" if self.is_path() => Passed::Socket(SocketKind::Unix),
            "ListenStream" if !self.is_vsock() => Passed::Socket(SocketKind::Tcp),
            "ListenDatagram" if !self.is_path() && !self.is_vsock() => Passed::Socket(SocketKind::Udp),
            _ => Passed::Other,
        }
    }

    /// Whether the socket has a path, or an abstract name.
    fn is_path(&self) -> bool {
        self.value.starts_with(['/', '@'])
    }

    fn is_vsock(&self) -> bool {
        self.value.starts_with("vsock")
    }
}
