//! The probes of a container, each asked on its period.

use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Debug, Clone)]
pub(crate) struct Probe {
    pub(crate) port: u16,
    pub(crate) path: String,
    pub(crate) initial_delay: Duration,
    pub(crate) period: Duration,
    pub(crate) timeout: Duration,
    pub(crate) failure_threshold: usize,
    /// In place of what the pod is granted, when it is this probe that has it ended.
    pub(crate) granted: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Startup,
    Readiness,
    Liveness,
}

/// What became of asking once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Status(u16),
    /// There was no answer, or none in time.
    Silence(io::ErrorKind),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) kind: Kind,
    pub(crate) at: Instant,
    pub(crate) outcome: Outcome,
}

/// Asks until it is dropped.
pub(crate) struct Asking(#[expect(dead_code, reason = "it is dropped")] Sender<()>);

impl Asking {
    pub(crate) fn start(kind: Kind, probe: Probe, address: SocketAddr, tell: Sender<Asked>) -> Self {
        let (stop, stopped) = mpsc::channel();
        thread::spawn(move || {
            let mut next = Instant::now() + probe.initial_delay;
            loop {
                let pause = next.saturating_duration_since(Instant::now());
                if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                let asked = Asked { kind, at: Instant::now(), outcome: probe.ask(address) };
                if tell.send(asked).is_err() {
                    return;
                }
                // Like a ticker: what can't be asked in time is left out.
                next = Instant::max(next + probe.period, Instant::now());
            }
        });
        Self(stop)
    }
}

impl Probe {
    fn ask(&self, address: SocketAddr) -> Outcome {
        match self.status(address) {
            Ok(status) => Outcome::Status(status),
            Err(error) => Outcome::Silence(error.kind()),
        }
    }

    fn status(&self, address: SocketAddr) -> io::Result<u16> {
        let mut stream = TcpStream::connect_timeout(&address, self.timeout)?;
        stream.set_read_timeout(Some(self.timeout))?;
        write!(stream, "GET {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n", self.path)?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl Outcome {
    pub(crate) fn is_success(self) -> bool {
        matches!(self, Self::Status(200..400))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => status.fmt(f),
            Self::Silence(kind) => kind.fmt(f),
        }
    }
}
