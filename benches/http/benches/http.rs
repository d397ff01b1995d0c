//! The cost of a request: its instructions, counted by callgrind, and its latency. The table is written to
//! `docs/benchmarks.md`.
//!
//! `plain` is axum alone, `identity` has a layer on its router that does nothing, `layer` has graceful's layer there,
//! `serve` is `graceful::axum::serve`, and `both` is `serve` with graceful's layer around the router.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::{Samples, Unit, machine, ratio, write_section};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const MODES: [&str; 5] = ["plain", "identity", "layer", "serve", "both"];
/// The base of every ratio.
const PLAIN: usize = 0;

/// The modes that have a goal. The cost of a layer on the router is mostly axum's.
const GOALS: [&str; 2] = ["serve", "both"];
const MAX_RATIO: f64 = 1.02;

/// The requests of two runs. The difference of their instructions is that of the requests.
const FEW: u32 = 2_000;
const MANY: u32 = 12_000;

const ROUNDS: usize = 20;
const ROUND: Duration = Duration::from_millis(300);
const CLIENTS: usize = 8;

fn main() -> std::io::Result<()> {
    let machine = machine::description();
    let versions = ["axum", "tokio"].map(|package| format!("{package} {}", machine::version(package))).join(", ");
    let names =
        std::array::from_fn(|which| if which == PLAIN { "plain = 1 ×".to_owned() } else { MODES[which].to_owned() });
    let mut lines = vec![line("", names), line("---", MODES.map(|_| "---".to_owned()))];
    lines.push(line("instructions per request", instructions()));
    lines.extend(traffic());
    let text = format!("{machine}\n\nVersions: {versions}.\n\n{}", lines.join("\n"));
    println!("\n{text}");
    write_section(env!("CARGO_PKG_NAME"), &text)
}

fn line(title: &str, cells: [String; MODES.len()]) -> String {
    format!("| {title} | {} |", cells.join(" | "))
}

fn instructions() -> [String; MODES.len()] {
    let Some(counts) = MODES.map(per_request).into_iter().collect::<Option<Vec<f64>>>() else {
        return MODES.map(|_| "– (valgrind is not installed)".to_owned());
    };
    for (mode, count) in MODES.iter().zip(&counts).filter(|(mode, _)| GOALS.contains(mode)) {
        let ratio = count / counts[PLAIN];
        let reached = if ratio <= MAX_RATIO { "reached" } else { "NOT REACHED" };
        println!("{mode}: {ratio:.3} × the instructions of plain axum; goal {MAX_RATIO} ×: {reached}");
    }
    let samples = |which: usize| {
        let mut samples = Samples::new();
        samples.push(counts[which]);
        samples
    };
    std::array::from_fn(|which| cell(Unit::Number, which, &samples(which), &samples(PLAIN)))
}

/// The instructions per request. `None` if valgrind is not installed.
fn per_request(mode: &str) -> Option<f64> {
    let [few, many] = [FEW, MANY].map(|requests| counted(mode, requests));
    Some((many? - few?) / f64::from(MANY - FEW))
}

fn counted(mode: &str, requests: u32) -> Option<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", env!("CARGO_BIN_EXE_http_server"), mode]);
    let mut server = Server::start(command.stderr(Stdio::piped()))?;
    let mut client = Client::connect(server.address);
    for _ in 0..requests {
        client.request();
    }
    drop(client);
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
