//! What a request costs: instructions, counted by callgrind, requests a second, and how long each takes. The table is
//! printed, and written to `docs/benchmarks.md`.
//!
//! `plain` is axum alone, `identity` has a layer on its router that does nothing, `layer` has ours there, `serve` is
//! `graceful::axum::serve`, and `both` is that with our layer put around the router.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::{Samples, goal, write_section};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const MODES: [&str; 5] = ["plain", "identity", "layer", "serve", "both"];

/// Those that graceful decides on: what a layer on the router costs is mostly what axum makes of any layer there.
const GOALS: [&str; 2] = ["serve", "both"];

/// Two runs of each: what they differ in is the requests.
const FEW: u32 = 2_000;
const MANY: u32 = 12_000;

const ROUNDS: usize = 20;
const ROUND: Duration = Duration::from_millis(300);
const CLIENTS: usize = 8;

fn main() -> std::io::Result<()> {
    let mut lines = vec![line("", MODES.map(str::to_owned)), line("---", MODES.map(|_| "---".to_owned()))];
    lines.push(line("instructions for each request", instructions()));
    lines.extend(traffic());
    let table = lines.join("\n");
    println!("\n{table}");
    write_section("http", &table)
}

fn line(what: &str, cells: [String; MODES.len()]) -> String {
    format!("| {what} | {} |", cells.join(" | "))
}

fn instructions() -> [String; MODES.len()] {
    let Some(counts) = MODES.map(per_request).into_iter().collect::<Option<Vec<f64>>>() else {
        return MODES.map(|_| "– (valgrind is not installed)".to_owned());
    };
    for (mode, count) in MODES.iter().zip(&counts).filter(|(mode, _)| GOALS.contains(mode)) {
        let more = percent(*count, counts[0]);
        goal(
            &format!("{mode}: at most 2 % more instructions than plain axum"),
            more <= 2.0,
            format_args!("{more:+.2} %"),
        );
    }
    std::array::from_fn(|which| {
        let count = counts[which];
        if which == 0 { format!("**{count:.0}**") } else { format!("{:+.1} %", percent(count, counts[0])) }
    })
}

fn percent(count: f64, plain: f64) -> f64 {
    (count / plain - 1.0) * 100.0
}

/// `None` without valgrind.
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
    let mut said = String::new();
    let mut stderr = server.child.stderr.take().expect("it is piped");
    server.end();
    stderr.read_to_string(&mut said).expect("what callgrind says");
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    Some(collected.expect("a count").1.trim().parse().expect("a number"))
}

/// Of one mode, a sample from each round.
#[derive(Default)]
struct Traffic {
    per_second: Samples,
    /// In microseconds.
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
                traffic.per_second.push(latencies.len() as f64 / elapsed.as_secs_f64());
                traffic.median.push(latencies.quantile(0.5));
                traffic.slowest_hundredth.push(latencies.quantile(0.99));
            }
        }
    }
    servers.into_iter().for_each(Server::end);
    let cells = |of: fn(&Traffic) -> &Samples| {
        std::array::from_fn(|which| cell(of(&traffic[which]), (which > 0).then(|| of(&traffic[0]))))
    };
    [
        line("requests a second", cells(|traffic| &traffic.per_second)),
        line("latency p50, µs", cells(|traffic| &traffic.median)),
        line("latency p99, µs", cells(|traffic| &traffic.slowest_hundredth)),
    ]
}

/// As it is, or as what it is of `plain`; with quartiles over the rounds.
fn cell(samples: &Samples, plain: Option<&Samples>) -> String {
    match plain {
        None => {
            let [low, median, high] = samples.quartiles();
            format!("**{median:.0}** ({low:.0}–{high:.0})")
        }
        Some(plain) => {
            let [low, median, high] = samples.ratios(plain).quartiles();
            format!("{median:.3} ({low:.3}–{high:.3})")
        }
    }
}

/// How long each of a round's requests took, in microseconds, and how long the round.
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
            .flat_map(|client| client.join().expect("it doesn't panic"))
            .for_each(|latency| all.push_micros(latency));
        all
    });
    (latencies, begin.elapsed())
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// `None` when there is no such program.
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
