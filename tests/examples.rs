//! Every example, as a process, with real signals and real clients: it does what its comment says.

#![cfg(unix)]

#[path = "examples/expected.rs"]
mod expected;
#[path = "examples/program.rs"]
mod program;

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};

use expected::assert_output;
use program::{PATIENCE, Program};

#[test]
fn minimal() {
    for signal in ["TERM", "INT"] {
        let mut program = Program::start("01_minimal");
        program.line("running");
        program.signal(signal);
        let (code, mut output) = program.ended();
        assert_eq!(code, Some(0));
        // What the next Ctrl-C would do: shown on Ctrl-C only.
        let hint = output.iter().position(|line| line.starts_with("graceful: ")).map(|hint| output.remove(hint));
        assert_eq!(hint.is_some(), signal == "INT", "{hint:?}");
        assert_output("01_minimal", &output, &[("<pid>", &program.pid())]);
    }
}

#[test]
fn tcp_echo() {
    let mut program = Program::start("02_tcp_echo");
    let listening = program.line("listening on ");
    let address: SocketAddr = listening.rsplit(' ').next().unwrap().parse().unwrap();

    let mut first = Client::connect(address);
    first.says("hello");
    assert_eq!(first.hears(), "hello");
    let mut second = Client::connect(address);
    program.line("client 2 connected");

    program.signal("TERM");
    program.line("shutting down after SIGTERM");
    let mut third = Client::connect(address);
    third.says("not too late");
    assert_eq!(third.hears(), "not too late");
    drop(third);
    program.line("client 3 left");

    program.line("new clients are refused");
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(first.hears(), "(we are closing: one more line?)");
    first.says("one more");
    assert_eq!(first.hears(), "one more");
    assert_eq!(first.hears(), "(goodbye)");
    assert_eq!(first.hears(), "");
    program.line("client 1 left");

    assert_eq!(second.hears(), "(we are closing: one more line?)");
    assert_eq!(second.hears(), "(goodbye)");
    assert_eq!(second.hears(), "");

    let (code, output) = program.ended();
    assert_eq!(code, Some(0));
    let port = address.port().to_string();
    assert_output("02_tcp_echo", &output, &[("<pid>", &program.pid()), ("<port>", &port)]);
}

#[test]
fn order() {
    let mut program = Program::start("03_order");
    let (code, output) = program.ended();
    assert_eq!(code, Some(1));
    assert_output("03_order", &output, &[]);
}

#[test]
fn sync_loop() {
    let mut program = Program::start("04_sync_loop");
    program.line("round 1");
    program.signal("TERM");
    // Far less patient than the loop's pause is long.
    let (code, output) = program.ended();
    assert_eq!(code, Some(0));
    assert_output("04_sync_loop", &output, &[("<pid>", &program.pid())]);
}

#[test]
fn tasks() {
    let mut program = Program::start("05_tasks");
    let (code, output) = program.ended();
    assert_eq!(code, Some(1));
    assert_output("05_tasks", &output, &[]);
}

struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }

    fn says(&mut self, line: &str) {
        self.0.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// One line; an empty one when the server has hung up.
    fn hears(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}
