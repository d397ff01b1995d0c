//! The cost of a request: its instructions, counted by callgrind, over HTTP/1 and HTTP/2, and its latency. The table is
//! written to `docs/benchmarks.md`.
//!
//! `plain` is axum alone, `identity` has a layer on its router that does nothing, `layer` has graceful's layer there,
//! `serve` is `graceful::axum::serve`, and `both` is `serve` with graceful's layer around the router.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::{Samples, UNITS, Unit, machine, ratio, write_section};
use graceful_http_benches::{Client, Load};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const SERVER: &str = env!("CARGO_BIN_EXE_http_server");

const MODES: [&str; 5] = ["plain", "identity", "layer", "serve", "both"];
/// The base of every ratio.
const PLAIN: usize = 0;

/// The modes that have a goal. The cost of a layer on the router is mostly axum's.
const GOALS: [&str; 2] = ["serve", "both"];

/// With the requests of the second run, and the goal, as a ratio to plain axum. What depends on which thread is late, such as the
/// ends of the connections, must be little for each request.
const LOADS: [(&str, Load, u32, f64); 5] = [
    ("instructions per request, 1 connection", Load::Http1 { connections: 1 }, 6_144, 1.01),
    ("instructions per request, 64 connections", Load::Http1 { connections: 64 }, 6_144, 1.01),
    ("instructions per request, 1 024 connections", Load::Http1 { connections: 1_024 }, 32_768, 1.01),
    ("instructions per request, HTTP/2, one at a time", Load::Http2 { at_once: 1 }, 6_144, 1.02),
    ("instructions per request, HTTP/2, ten at a time", Load::Http2 { at_once: 10 }, 6_144, 1.02),
];

/// The requests of the first run. The instructions of the requests are the difference of the two.
const REQUESTS: u32 = 1_024;

const COUNTING_ROUNDS: usize = 3;
const ROUNDS: usize = 20;
const ROUND: Duration = Duration::from_millis(300);
const CLIENTS: usize = 8;

fn main() -> std::io::Result<()> {
    let machine = machine::description();
    let versions =
        ["axum", "hyper", "h2", "tokio"].map(|package| format!("{package} {}", machine::version(package))).join(", ");
    let names =
        std::array::from_fn(|which| if which == PLAIN { "plain = 1 ×".to_owned() } else { MODES[which].to_owned() });
    let mut lines = vec![line("", names), line("---", MODES.map(|_| "---".to_owned()))];
    lines.extend(LOADS.map(|(title, load, requests, goal)| line(title, instructions(load, requests, goal))));
    lines.extend(traffic());
    let text = format!("{machine}\n\nVersions: {versions}.\n\n{UNITS}\n\n{}", lines.join("\n"));
    println!("\n{text}");
    write_section(env!("CARGO_PKG_NAME"), &text)
}

fn line(title: &str, cells: [String; MODES.len()]) -> String {
    format!("| {title} | {} |", cells.join(" | "))
}

fn instructions(load: Load, requests: u32, goal: f64) -> [String; MODES.len()] {
    let mut counts = MODES.map(|_| Samples::new());
    for round in 0..COUNTING_ROUNDS {
        for step in 0..MODES.len() {
            let which = (round + step) % MODES.len();
            let Some(count) = load.instructions(Path::new(SERVER), MODES[which], [REQUESTS, requests]) else {
                return MODES.map(|_| "– (valgrind is not installed)".to_owned());
            };
            println!("{load:?}, {}, round {round}: {count:.0} instructions per request", MODES[which]);
            counts[which].push(count);
        }
    }
    for (mode, counts_of) in MODES.iter().zip(&counts).filter(|(mode, _)| GOALS.contains(mode)) {
        let ratio = counts_of.ratios(&counts[PLAIN]).median();
        let reached = if ratio <= goal { "reached" } else { "NOT REACHED" };
        println!("{load:?}, {mode}: {ratio:.3} × the instructions of plain axum; goal {goal} ×: {reached}");
    }
    std::array::from_fn(|which| cell(Unit::Number, which, &counts[which], &counts[PLAIN]))
}

/// One sample per round, in seconds.
#[derive(Default)]
struct Traffic {
    per_request: Samples,
    median: Samples,
    slowest_hundredth: Samples,
}

fn traffic() -> [String; 3] {
    let servers = MODES.map(|mode| {
        let mut command = Command::new(SERVER);
        Server::start(command.arg(mode))
    });
    let mut traffic = MODES.map(|_| Traffic::default());
    for round in 0..=ROUNDS {
        for step in 0..MODES.len() {
            let which = (round + step) % MODES.len();
            let (latencies, elapsed) = requests(servers[which].address);
            // The first round warms up.
            if round > 0 {
                let traffic = &mut traffic[which];
                traffic.per_request.push(elapsed.as_secs_f64() / latencies.len() as f64);
                traffic.median.push(latencies.quantile(0.5));
                traffic.slowest_hundredth.push(latencies.quantile(0.99));
            }
        }
    }
    servers.into_iter().for_each(Server::end);
    let cells = |of: fn(&Traffic) -> &Samples| {
        std::array::from_fn(|which| cell(Unit::Seconds, which, of(&traffic[which]), of(&traffic[PLAIN])))
    };
    [
        line(&format!("time per request, {CLIENTS} clients"), cells(|traffic| &traffic.per_request)),
        line("median latency", cells(|traffic| &traffic.median)),
        line("99th percentile of the latency", cells(|traffic| &traffic.slowest_hundredth)),
    ]
}

/// The absolute value of plain axum, or the ratio to it.
fn cell(unit: Unit, which: usize, samples: &Samples, plain: &Samples) -> String {
    if which == PLAIN { unit.absolute(samples) } else { ratio(&samples.ratios(plain), 3) }
}

/// The latency of each request of a round, in seconds, and the time of the round.
fn requests(server: SocketAddr) -> (Samples, Duration) {
    let begin = Instant::now();
    let latencies = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(move || {
                    let mut client = Client::connect(server);
                    let mut latencies = Vec::new();
                    while begin.elapsed() < ROUND {
                        let sent = Instant::now();
                        client.request();
                        latencies.push(sent.elapsed());
                    }
                    latencies
                })
            })
            .collect();
        let mut all = Samples::new();
        clients
            .into_iter()
            .flat_map(|client| client.join().expect("it does not panic"))
            .for_each(|latency| all.push(latency.as_secs_f64()));
        all
    });
    (latencies, begin.elapsed())
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("a line");
        Self { child, address: line.trim().parse().expect("an address") }
    }

    fn end(mut self) {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM).expect("the server runs");
        let status = self.child.wait().expect("a child");
        assert!(status.success(), "{status}");
    }
}
