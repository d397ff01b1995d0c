//! The cost of a request: its instructions, counted by callgrind, over HTTP/1 and HTTP/2, and its latency. The table is
//! written to `docs/benchmarks.md`.
//!
//! `plain` is axum alone, `identity` has a layer on its router that does nothing, `layer` has graceful's layer there,
//! `serve` is `graceful::axum::serve`, and `both` is `serve` with graceful's layer around the router.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::Request;
use graceful_benches::{Samples, Unit, machine, ratio, write_section};
use h2::client::SendRequest;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::runtime::{Builder, Runtime};

const MODES: [&str; 5] = ["plain", "identity", "layer", "serve", "both"];
/// The base of every ratio.
const PLAIN: usize = 0;

/// The modes that have a goal. The cost of a layer on the router is mostly axum's.
const GOALS: [&str; 2] = ["serve", "both"];
const MAX_RATIO: f64 = 1.02;

/// How the requests come whose instructions are counted.
#[derive(Debug, Clone, Copy)]
enum Load {
    Http1,
    /// So many are sent at once, and the next ones when all of them are answered.
    Http2 {
        at_once: u32,
    },
}

const LOADS: [(&str, Load); 3] = [
    ("instructions per request", Load::Http1),
    ("instructions per request, HTTP/2, one at a time", Load::Http2 { at_once: 1 }),
    ("instructions per request, HTTP/2, ten at a time", Load::Http2 { at_once: 10 }),
];

/// The requests of two runs. The difference of their instructions is that of the requests.
const FEW: u32 = 1_000;
const MANY: u32 = 6_000;

const COUNTING_ROUNDS: usize = 5;
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
    lines.extend(LOADS.map(|(title, load)| line(title, instructions(load))));
    lines.extend(traffic());
    let text = format!("{machine}\n\nVersions: {versions}.\n\n{}", lines.join("\n"));
    println!("\n{text}");
    write_section(env!("CARGO_PKG_NAME"), &text)
}

fn line(title: &str, cells: [String; MODES.len()]) -> String {
    format!("| {title} | {} |", cells.join(" | "))
}

fn instructions(load: Load) -> [String; MODES.len()] {
    let mut counts = MODES.map(|_| Samples::new());
    for round in 0..COUNTING_ROUNDS {
        for step in 0..MODES.len() {
            let which = (round + step) % MODES.len();
            let Some(count) = per_request(MODES[which], load) else {
                return MODES.map(|_| "– (valgrind is not installed)".to_owned());
            };
            println!("{load:?}, {}, round {round}: {count:.0} instructions per request", MODES[which]);
            counts[which].push(count);
        }
    }
    if let Load::Http1 = load {
        for (mode, counts_of) in MODES.iter().zip(&counts).filter(|(mode, _)| GOALS.contains(mode)) {
            let ratio = counts_of.ratios(&counts[PLAIN]).median();
            let reached = if ratio <= MAX_RATIO { "reached" } else { "NOT REACHED" };
            println!("{mode}: {ratio:.3} × the instructions of plain axum; goal {MAX_RATIO} ×: {reached}");
        }
    }
    std::array::from_fn(|which| cell(Unit::Number, which, &counts[which], &counts[PLAIN]))
}

/// The instructions per request. `None` if valgrind is not installed.
fn per_request(mode: &str, load: Load) -> Option<f64> {
    let [few, many] = [FEW, MANY].map(|requests| counted(mode, load, requests));
    Some((many? - few?) / f64::from(MANY - FEW))
}

fn counted(mode: &str, load: Load, requests: u32) -> Option<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", env!("CARGO_BIN_EXE_http_server"), mode]);
    let mut server = Server::start(command.stderr(Stdio::piped()))?;
    match load {
        Load::Http1 => {
            let mut client = Client::connect(server.address);
            (0..requests).for_each(|_| client.request());
        }
        Load::Http2 { at_once } => {
            let mut client = Http2Client::connect(server.address);
            (0..requests / at_once).for_each(|_| client.requests(at_once));
        }
    }
    let mut printed = String::new();
    let mut stderr = server.child.stderr.take().expect("it is piped");
    server.end();
    stderr.read_to_string(&mut printed).expect("the output of callgrind");
    let collected = printed.lines().find_map(|line| line.split_once("Collected : "));
    Some(collected.expect("a count").1.trim().parse().expect("a number"))
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_http_server"));
        Server::start(command.arg(mode)).expect("it starts")
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
    /// Returns `None` if the program does not exist.
    fn start(command: &mut Command) -> Option<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("a line");
        Some(Self { child, address: line.trim().parse().expect("an address") })
    }

    fn end(mut self) {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM).expect("the server runs");
        let status = self.child.wait().expect("a child");
        assert!(status.success(), "{status}");
    }
}

struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Client {
    fn connect(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).expect("a connection");
        stream.set_nodelay(true).expect("an option");
        Self { stream, answer: Vec::new() }
    }

    fn request(&mut self) {
        self.stream.write_all(b"GET / HTTP/1.1\r\nhost: bench\r\n\r\n").expect("a request");
        self.answer.clear();
        let mut part = [0; 512];
        while !self.answer.ends_with(b"hello") {
            let read = self.stream.read(&mut part).expect("an answer");
            assert!(read > 0, "the connection ended");
            self.answer.extend_from_slice(&part[..read]);
        }
    }
}

/// One connection over HTTP/2, without TLS.
struct Http2Client {
    runtime: Runtime,
    requests: SendRequest<Bytes>,
}

impl Http2Client {
    /// So large that the client never has to enlarge it.
    const WINDOW: u32 = 1 << 30;

    fn connect(server: SocketAddr) -> Self {
        let runtime = Builder::new_current_thread().enable_io().build().expect("a runtime");
        let requests = runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(server).await.expect("a connection");
            stream.set_nodelay(true).expect("an option");
            let mut http = h2::client::Builder::new();
            http.initial_window_size(Self::WINDOW).initial_connection_window_size(Self::WINDOW);
            let (requests, connection) = http.handshake(stream).await.expect("a server of HTTP/2");
            tokio::spawn(connection);
            requests
        });
        Self { runtime, requests }
    }

    fn requests(&mut self, at_once: u32) {
        let Self { runtime, requests } = self;
        runtime.block_on(async {
            let mut answers = Vec::new();
            for _ in 0..at_once {
                let request = Request::get("http://bench/").body(()).expect("a request");
                answers.push(requests.send_request(request, true).expect("an open connection").0);
            }
            for answer in answers {
                let mut body = answer.await.expect("an answer").into_body();
                let mut answer = Vec::new();
                while let Some(part) = body.data().await {
                    answer.extend_from_slice(&part.expect("a part of the answer"));
                }
                assert_eq!(answer, b"hello");
            }
        });
    }
}
