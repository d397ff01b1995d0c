//! Each server is replaced by a new one, while clients ask.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::thread;
use std::time::Duration;

use graceful_process_tests::installed::find;
use graceful_process_tests::place::{Directory, free_address};
use graceful_process_tests::{Program, Running, Signal};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::sleep;

use crate::balancer::{Balancer, Connections};
use crate::load::{Client, Counted, Load, Version};

/// Longer than the load balancer's check takes to see it, which is two seconds and two handshakes.
const LAME_DUCK: &str = "5s";

/// How long after the drain's start the slow client continues its handshake: longer than the linger.
const SLOW: Duration = Duration::from_millis(500);

/// Which program serves.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Service {
    /// `15_tls`.
    Graceful,
    /// `15_tls_inline`.
    Inline,
}

/// What became of the requests.
pub(crate) struct Outcome {
    service: Service,
    version: Version,
    place: &'static str,
    pub(crate) counted: Counted,
    /// What the load balancer says.
    pub(crate) log: String,
}

/// What all servers of a test have in common.
struct Servers {
    service: Service,
    certificates: String,
    key: String,
    _directory: Directory,
    runtime: Runtime,
    client: Client,
}

impl Servers {
    fn new(service: Service, version: Version) -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let directory = Directory::create();
        let certificates = directory.write("certificates", &cert.pem());
        let key = directory.write("key", &signing_key.serialize_pem());
        let runtime = Runtime::new().unwrap();
        Self {
            service,
            certificates,
            key,
            _directory: directory,
            runtime,
            client: Client::new(version, cert.der().clone()),
        }
    }

    /// Starts one, which listens when this returns.
    fn start(&self, address: &str, set: impl FnOnce(Program) -> Program) -> Running {
        let program = Program::new(match self.service {
            Service::Graceful => env!("CARGO_BIN_EXE_15_tls"),
            Service::Inline => env!("CARGO_BIN_EXE_15_tls_inline"),
        });
        let program = program.arg(address).env("TLS_CERTIFICATES", &self.certificates).env("TLS_KEY", &self.key);
        let running = set(program).start();
        running.wait_for_stdout("listening on https://");
        running
    }

    /// Ends one, while a client that has connected before is slow with its handshake. Whether it is answered.
    fn terminate(&self, mut old: Running, slow: TcpStream) -> Result<(), String> {
        old.signal(Signal::SIGTERM);
        old.wait_for_stdout("draining for at most");
        let answered = self.runtime.block_on(async {
            sleep(SLOW).await;
            self.client.ask_over(slow).await
        });
        old.end().exits_with(0);
        answered.map_err(|why| format!("the slow client: {why}"))
    }

    fn connect(&self, address: SocketAddr) -> TcpStream {
        self.runtime.block_on(TcpStream::connect(address)).unwrap()
    }
}

/// Replaces two servers in turn, behind haproxy, which passes TLS through. `None` without haproxy.
#[track_caller]
pub(crate) fn behind_a_balancer(service: Service, version: Version, rounds: usize) -> Option<Outcome> {
    let haproxy = find("haproxy")?;
    let servers = Servers::new(service, version);
    let addresses = [free_address(), free_address()];
    let start = |address: SocketAddr| {
        servers.start(&address.to_string(), |program| program.lame_duck(LAME_DUCK).drain_timeout("12s"))
    };
    let mut running = addresses.map(|address| Some(start(address)));
    let balancer = Balancer::start(&haproxy, &addresses, Connections::Tls);
    let load = Load::start(&servers.runtime, &servers.client, balancer.address);
    let mut slow = Vec::new();
    for number in [0, 1].into_iter().cycle().take(rounds) {
        balancer.wait(number, |server| server.answered() > 0);
        let old = running[number].take().unwrap();
        slow.push(servers.terminate(old, servers.connect(addresses[number])));
        balancer.wait(number, |server| server.is_down());
        // On the same port, which is free again.
        running[number] = Some(start(addresses[number]));
        let before = balancer.statistics(number).answered();
        balancer.wait(number, |server| server.is_up() && server.answered() > before);
    }
    let mut counted = load.stop(&servers.runtime);
    assert_eq!(balancer.total().retried(), 0, "the load balancer hides what is lost");
    counted.add(slow);
    Some(Outcome { service, version, place: "behind a load balancer", counted, log: balancer.stop().to_string() })
}

/// Replaces a server with another that has the same listening socket.
#[track_caller]
pub(crate) fn with_a_shared_socket(service: Service, version: Version, rounds: usize) -> Outcome {
    let servers = Servers::new(service, version);
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let start = || {
        let socket = OwnedFd::from(socket.try_clone().unwrap());
        servers.start("-", |program| program.stdin(socket).lame_duck("1s").drain_timeout("12s"))
    };
    let mut old = start();
    let load = Load::start(&servers.runtime, &servers.client, address);
    let mut slow = Vec::new();
    for _ in 0..rounds {
        // The old server is the only one that can accept it.
        let client = servers.connect(address);
        thread::sleep(SLOW);
        let new = start();
        slow.push(servers.terminate(old, client));
        old = new;
    }
    let mut counted = load.stop(&servers.runtime);
    counted.add(slow);
    Outcome { service, version, place: "with a shared socket", counted, log: String::new() }
}

impl Counted {
    fn add(&mut self, slow: Vec<Result<(), String>>) {
        for answered in slow {
            match answered {
                Ok(()) => self.answered += 1,
                Err(why) => self.lost.push(why),
            }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, version, place, counted, .. } = self;
        write!(f, "{service:?}, {version:?} {place}: {counted}")
    }
}
