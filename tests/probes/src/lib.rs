//! What a client of the probes needs, and no more: a socket.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any answer takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the server answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub code: u16,
    /// The head, in lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

/// Connects, and neither reads nor writes.
///
/// # Errors
///
/// When the server can't be reached.
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends these bytes, and reads to the end.
///
/// # Errors
///
/// When the connection breaks.
pub fn send(address: SocketAddr, bytes: &[u8]) -> io::Result<String> {
    let mut stream = connect(address)?;
    stream.write_all(bytes)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// What a client sends.
#[must_use]
pub fn request(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: probes\r\n\r\n")
}

/// Asks by another method than GET.
///
/// # Errors
///
/// When the connection breaks, or what comes back is no HTTP.
pub fn ask(address: SocketAddr, method: &str, path: &str) -> io::Result<Answer> {
    let answer = send(address, request(method, path).as_bytes())?;
    let parsed = || {
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let code = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        Some(Answer { code, head: head.to_lowercase(), body: body.to_owned() })
    };
    parsed().ok_or_else(|| io::Error::other(format!("not an answer: {answer:?}")))
}

/// Asks a probe.
///
/// # Panics
///
/// When there is no answer.
#[must_use]
#[track_caller]
pub fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, "GET", path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// So many connections, or as many as this process may have. Most systems allow 1 024, and more if a process asks.
///
/// # Panics
///
/// When the limit cannot be read or raised.
#[cfg(unix)]
#[must_use]
pub fn as_many_as(wanted: usize) -> usize {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("up to the hard limit");
    usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(200).min(wanted)
}
