//! What a request costs: instructions, counted by callgrind, and requests a second.
//!
//! `plain` is axum alone, `identity` has a layer on its router that does nothing, `layer` has ours there, `serve` is
//! `graceful::axum::serve`, and `both` is that with our layer put around the router.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use graceful_benches::{Samples, goal};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const MODES: [&str; 5] = ["plain", "identity", "layer", "serve", "both"];

/// Those that graceful decides on: what a layer on the router costs is mostly what axum makes of any layer there.
const GOALS: [&str; 2] = ["serve", "both"];

/// Two runs of each: what they differ in is the requests.
const FEW: u32 = 2_000;
const MANY: u32 = 12_000;

const ROUNDS: usize = 10;
const ROUND: Duration = Duration::from_millis(500);
const CLIENTS: usize = 8;

fn main() {
    instructions();
    throughput();
}

fn instructions() {
    println!("instructions for each request on a connection that is kept alive, by callgrind\n");
    let Some(counts) = MODES.map(per_request).into_iter().collect::<Option<Vec<f64>>>() else {
        return println!("  not measured: valgrind is not installed\n");
    };
    for (mode, count) in MODES.iter().zip(&counts) {
        println!("  {mode:<6} {count:>10.0}  {:+.2} %", percent(*count, counts[0]));
    }
    println!();
    for (mode, count) in MODES.iter().zip(&counts).filter(|(mode, _)| GOALS.contains(mode)) {
        let more = percent(*count, counts[0]);
        goal(&format!("{mode}: at most 2 % more than plain axum"), more <= 2.0, format_args!("{more:+.2} %"));
    }
    println!();
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

fn throughput() {
    println!("requests a second, {CLIENTS} clients; {ROUNDS} interleaved rounds; median (quartiles)\n");
    let servers = MODES.map(|mode| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_http_server"));
        Server::start(command.arg(mode)).expect("it starts")
    });
    let mut samples = MODES.map(|_| Samples::new());
    for round in 0..=ROUNDS {
        for step in 0..MODES.len() {
            let which = (round + step) % MODES.len();
            let rate = rate(servers[which].address);
            // The first round warms up.
            if round > 0 {
                samples[which].push(rate);
            }
        }
    }
    for (mode, sample) in MODES.iter().zip(&samples) {
        println!("  {mode:<6} {sample:>32}  {:.3} of plain", sample.median() / samples[0].median());
    }
    servers.into_iter().for_each(Server::end);
}

fn rate(server: SocketAddr) -> f64 {
    let begin = Instant::now();
    let requests: u32 = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(move || {
                    let mut client = Client::connect(server);
                    let mut requests = 0;
                    while begin.elapsed() < ROUND {
                        client.request();
                        requests += 1;
                    }
                    requests
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("it doesn't panic")).sum()
    });
    f64::from(requests) / begin.elapsed().as_secs_f64()
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
