//! wrk, which asks the load balancer as long as the servers are replaced.

use std::fmt;
use std::net::SocketAddr;

use graceful_process_tests::place::Directory;
use graceful_process_tests::{Program, Running, Signal};

use crate::balancer::Connections;
use crate::installed::Installed;

/// Between an answer and the next request, in milliseconds: connections are idle now and then, and the machine too.
const PAUSES: &str = "function delay() return math.random(0, 10) end";

/// What is asked, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// Over connections that are kept, to the load balancer and from there to the servers.
    KeepAlive,
    /// With a connection for each request, on both ways.
    Close,
    /// As `KeepAlive`, with requests that take three seconds.
    Slow,
}

impl Load {
    pub(crate) fn start(self, installed: &Installed, balancer: SocketAddr) -> Generator {
        let directory = Directory::create();
        let script = directory.write("pauses.lua", PAUSES);
        // It runs until it is told to stop, or the test is long over.
        let program = Program::new(installed.wrk.to_str().expect("a path in UTF-8"))
            .arg("-t1")
            .arg(if self == Self::Slow { "-c48" } else { "-c16" })
            .arg("-d120s")
            .arg("--timeout=30s")
            .arg("-s")
            .arg(&script);
        let program = if self == Self::Close { program.arg("-HConnection: close") } else { program };
        let path = if self == Self::Slow { "slow" } else { "" };
        let running = program.arg(&format!("http://{balancer}/{path}")).start();
        Generator { running, _directory: directory }
    }

    /// What the load balancer does with its connections to the servers.
    pub(crate) fn connections(self) -> Connections {
        if self == Self::Close { Connections::Closed } else { Connections::Kept }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeepAlive => "kept connections",
            Self::Close => "a connection for each request",
            Self::Slow => "slow requests",
        })
    }
}

pub(crate) struct Generator {
    running: Running,
    _directory: Directory,
}

/// What wrk has counted.
pub(crate) struct Counted {
    pub(crate) requests: u64,
    /// Answers with a status of 400 or more.
    pub(crate) refused: u64,
    /// Requests without an answer: no connection, or none any more.
    pub(crate) broken: u64,
}

impl Generator {
    /// Requests that are in progress now are not counted.
    #[track_caller]
    pub(crate) fn stop(mut self) -> Counted {
        self.running.signal(Signal::SIGINT);
        let ended = self.running.end();
        ended.exits_with(0);
        let line = |begin: &str| ended.stdout.iter().find_map(|line| line.trim().strip_prefix(begin));
        let number = |text: &str| -> u64 { text.parse().unwrap_or_else(|_| panic!("no number: {text}\n{ended}")) };
        let requests = ended.stdout.iter().find_map(|line| line.trim().split_once(" requests in "));
        let (requests, _) = requests.unwrap_or_else(|| panic!("no summary\n{ended}"));
        // "connect 0, read 3, write 0, timeout 0"
        let broken = line("Socket errors:")
            .map_or(0, |kinds| kinds.split(',').map(|kind| number(kind.rsplit(' ').next().unwrap_or_default())).sum());
        let refused = line("Non-2xx or 3xx responses:").map_or(0, |count| number(count.trim()));
        Counted { requests: number(requests), refused, broken }
    }
}
