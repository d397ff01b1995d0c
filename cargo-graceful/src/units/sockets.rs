//! The sockets of a program, each with the address on which systemd listens.

use graceful_core::address::{self, EXAMPLE};
use graceful_core::record::{Socket, SocketKind};
use graceful_core::text::{join, moves, quote};

use crate::error::{Error, Place};

/// The longest path of a socket, in bytes: unix(7).
const MAX_PATH: usize = 107;

/// A socket on which systemd listens.
#[derive(Debug)]
pub(crate) struct Listener {
    /// The name under which it is passed.
    pub(crate) name: String,
    /// The assignments of its addresses in the socket unit.
    pub(crate) listen: Vec<String>,
}

/// An address from the command line.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    name: String,
    address: String,
}

impl Given {
    /// Reads `NAME=ADDRESS`.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        match text.split_once('=') {
            Some((name, address)) if !name.is_empty() => {
                Ok(Self { name: name.to_owned(), address: address.to_owned() })
            }
            _ => Err("expected the socket's name, `=` and its address"),
        }
    }
}

/// The sockets, each name once. They are sorted by name.
pub(crate) fn listeners(sockets: &[Socket], given: &[Given]) -> Result<Vec<Listener>, Error> {
    if sockets.is_empty() {
        return Err(Error::new(
            "the program has no record of a socket: write `graceful::sockets::tcp!(\"http\", \"0.0.0.0:8080\").await` in it, \
             with the feature `sockets` of `gracefully`; the function of that name leaves no record",
        ));
    }
    if let Some(unknown) = given.iter().find(|given| sockets.iter().all(|socket| socket.name != given.name)) {
        let mut names: Vec<_> = sockets.iter().map(|socket| quote(&socket.name)).collect();
        names.dedup();
        return Err(Error::new(format!(
            "no socket of the program is called {}: it has {}",
            quote(&unknown.name),
            join(&names, ", ")
        )));
    }
    let of_one_name = sockets.chunk_by(|a, b| a.name == b.name).filter_map(<[_]>::split_first);
    of_one_name.map(|(first, others)| listener(first, others, given)).collect()
}

/// The socket of these records, which have one name.
fn listener(first: &Socket, others: &[Socket], given: &[Given]) -> Result<Listener, Error> {
    let Socket { name, kind, .. } = first;
    if !Socket::is_name(name) {
        return Err(at(first, format!("{} is no name of a socket: expected {}", quote(name), Socket::NAME)));
    }
    if let Some(other) = others.iter().find(|other| other.kind != *kind) {
        let (one, two, place) = (kind.label(), other.kind.label(), location(other));
        return Err(at(
            first,
            format!("the socket `{name}` is `{one}!` here and `{two}!` at {place}: give it two names"),
        ));
    }
    let pass = |address: &str| format!("pass `--address {name}={address}`");
    let example = match kind {
        SocketKind::Unix => "/run/app.sock",
        SocketKind::Tcp | SocketKind::Udp => EXAMPLE,
    };
    let given = given.iter().filter(|given| given.name == *name).map(|given| &*given.address);
    let addresses: Vec<_> = match (given.collect::<Vec<_>>(), &first.address) {
        (given, _) if !given.is_empty() => given,
        (_, Some(address)) => match others.iter().find(|other| other.address != first.address) {
            None => vec![address],
            Some(other) => {
                let message = format!("the socket `{name}` has another address at {}", location(other));
                return Err(at(first, format!("{message}: {}", pass(address))));
            }
        },
        (_, None) => {
            let message =
                format!("the address of the socket `{name}` is an expression, which the binary does not contain");
            return Err(at(first, format!("{message}: {}", pass(example))));
        }
    };
    let listen = addresses.into_iter().map(|address| {
        let listen = match kind {
            SocketKind::Tcp => internet(address).map(|address| format!("ListenStream={address}")),
            SocketKind::Udp => internet(address).map(|address| format!("ListenDatagram={address}")),
            SocketKind::Unix => path(address).map(|path| format!("ListenStream={path}")),
        };
        listen.map_err(|Wrong { expected, meant }| {
            let message = format!("systemd cannot listen on {} for the socket `{name}`: {expected}", quote(address));
            at(first, format!("{message}; {}", pass(meant.as_deref().unwrap_or(example))))
        })
    });
    let listen = listen.collect::<Result<_, _>>()?;
    Ok(Listener { name: name.clone(), listen })
}

/// An address on which systemd cannot listen.
struct Wrong {
    expected: String,
    meant: Option<String>,
}

impl From<&str> for Wrong {
    fn from(expected: &str) -> Self {
        Self { expected: expected.to_owned(), meant: None }
    }
}

/// An IP address with a port. systemd resolves no names, and `localhost` has two addresses.
fn internet(text: &str) -> Result<String, Wrong> {
    match address::parse_without_scope(text) {
        Ok(address) if address.port() == 0 => Err("expected a port that clients know, not 0".into()),
        Ok(address) => Ok(address.to_string()),
        Err(error) => {
            Err(Wrong { expected: error.to_string(), meant: error.meant().map(|address| address.to_string()) })
        }
    }
}

/// An absolute path as it is written in a unit: without specifiers, and on one line.
fn path(text: &str) -> Result<String, Wrong> {
    if !text.starts_with('/') {
        Err("expected an absolute path".into())
    } else if text.len() > MAX_PATH {
        Err(Wrong::from("expected a path of at most 107 bytes"))
    } else if text.contains(moves) || text.ends_with(|c: char| c == '\\' || c.is_whitespace()) {
        Err("expected a path without control characters, and without white space or `\\` at its end".into())
    } else {
        Ok(text.replace('%', "%%"))
    }
}

fn at(Socket { file, line, .. }: &Socket, message: String) -> Error {
    let line = usize::try_from(*line).unwrap_or(usize::MAX);
    Error::new(message).at(Some(Place { source: file.clone(), line, column: 1, template: None }))
}

fn location(Socket { file, line, .. }: &Socket) -> String {
    quote(&format!("{file}:{line}"))
}
