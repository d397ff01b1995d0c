//! haproxy, in front of two servers.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use graceful_process_tests::place::{Directory, free_address};
use graceful_process_tests::{Ended, Program, Running};

/// Longer than anything takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Balancer {
    pub(crate) address: SocketAddr,
    socket: String,
    running: Running,
    /// Removed when haproxy is gone: fields are dropped in their order.
    _directory: Directory,
}

/// What haproxy does with connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "each of the tests that share this file has its own")]
pub(crate) enum Connections {
    /// Keeps those to the servers.
    Kept,
    /// Closes each after a request.
    Closed,
    /// Passes them through, with what is in them: it is TLS.
    Tls,
}

/// What haproxy knows of a server, or of both together: a line of its `show stat`.
#[derive(Debug)]
pub(crate) struct Statistics(HashMap<String, String>);

impl Balancer {
    pub(crate) fn start(haproxy: &Path, servers: &[SocketAddr], connections: Connections) -> Self {
        let directory = Directory::create();
        let address = free_address();
        let socket = directory.file("admin");
        let file = directory.write("haproxy.cfg", &configuration(address, &socket, servers, connections));
        let program = haproxy.to_str().expect("a path in UTF-8");
        let running = Program::new(program).arg("-db").arg("-f").arg(&file).start();
        let balancer = Self { address, socket, running, _directory: directory };
        for server in 0..servers.len() {
            // They are taken to be up before the first check.
            let checked = |server: &Statistics| server.is_up() && server.text("check_status") == "L7OK";
            if let Err(last) = balancer.try_wait(server, checked) {
                panic!("haproxy does not begin: server {server} is {last}\n{}", balancer.stop());
            }
        }
        balancer
    }

    /// Waits until this is so for a server, by its number.
    #[track_caller]
    pub(crate) fn wait(&self, server: usize, enough: impl Fn(&Statistics) -> bool) {
        if let Err(last) = self.try_wait(server, enough) {
            panic!("to haproxy server {server} is {last}");
        }
    }

    /// The error is how it was at last.
    fn try_wait(&self, server: usize, enough: impl Fn(&Statistics) -> bool) -> Result<(), String> {
        const PAUSE: Duration = Duration::from_millis(10);

        let end = Instant::now() + PATIENCE;
        loop {
            let last = match self.try_statistics(&server.to_string()) {
                Ok(statistics) if enough(&statistics) => return Ok(()),
                Ok(statistics) => statistics.text("status").to_owned(),
                // It may still be starting.
                Err(error) => error.to_string(),
            };
            if Instant::now() > end {
                return Err(last);
            }
            thread::sleep(PAUSE);
        }
    }

    pub(crate) fn statistics(&self, server: usize) -> Statistics {
        self.try_statistics(&server.to_string()).expect("an answer from haproxy")
    }

    /// Of both servers together.
    pub(crate) fn total(&self) -> Statistics {
        self.try_statistics("BACKEND").expect("an answer from haproxy")
    }

    /// Ends it, and gives what it has said: when servers came and went, and each request that it has no good answer for.
    #[track_caller]
    pub(crate) fn stop(self) -> Ended {
        self.running.kill()
    }

    fn try_statistics(&self, name: &str) -> io::Result<Statistics> {
        let mut admin = UnixStream::connect(&self.socket)?;
        admin.set_read_timeout(Some(PATIENCE))?;
        admin.write_all(b"show stat\n")?;
        let mut table = String::new();
        admin.read_to_string(&mut table)?;
        let mut lines = table.lines().map(|line| line.split(','));
        let head: Vec<_> = lines.next().ok_or(io::ErrorKind::UnexpectedEof)?.collect();
        let mut rows = lines.map(|row| head.iter().map(|key| (*key).to_owned()).zip(row.map(str::to_owned)).collect());
        let row = rows.find(|row: &HashMap<_, _>| row.get("svname").is_some_and(|found| found == name));
        row.map(Statistics).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Statistics {
    pub(crate) fn is_up(&self) -> bool {
        self.text("status").starts_with("UP")
    }

    pub(crate) fn is_down(&self) -> bool {
        self.text("status").starts_with("DOWN")
    }

    /// How many requests were a success. With TLS, of which it knows nothing: how many connections there were.
    pub(crate) fn answered(&self) -> u64 {
        if self.text("hrsp_2xx").is_empty() { self.number("stot") } else { self.number("hrsp_2xx") }
    }

    /// How often it tried again what had failed, so that the client doesn't see it.
    pub(crate) fn retried(&self) -> u64 {
        self.number("wretr") + self.number("wredis")
    }

    fn number(&self, key: &str) -> u64 {
        self.text(key).parse().unwrap_or_else(|_| panic!("no number {key} in {self:?}"))
    }

    fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }
}

/// It hides nothing: what fails is not tried again, not even on the other server.
fn configuration(address: SocketAddr, socket: &str, servers: &[SocketAddr], connections: Connections) -> String {
    let (mode, option, check) = match connections {
        Connections::Kept => ("http", "option httplog\n    http-reuse always", "inter 200ms fall 1"),
        Connections::Closed => ("http", "option httplog\n    option httpclose", "inter 200ms fall 1"),
        // A check has as much time as there is between two, and on a busy machine a handshake may take that.
        Connections::Tls => ("tcp", "option tcplog", "inter 1s fall 2 check-ssl verify none"),
    };
    let servers: String =
        servers.iter().enumerate().map(|(name, server)| format!("    server {name} {server}\n")).collect();
    format!(
        "\
global
    nbthread 1
    log stdout format raw daemon
    stats socket \"{socket}\" mode 600
defaults
    mode {mode}
    log global
    option dontlog-normal
    no option redispatch
    retries 0
    {option}
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout check 5s
frontend clients
    bind {address}
    default_backend servers
backend servers
    balance roundrobin
    option httpchk GET /ready
    default-server check {check} rise 1
{servers}"
    )
}
