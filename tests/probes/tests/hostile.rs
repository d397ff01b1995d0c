//! Clients that mean ill, or no better. The probes answer the others all the same, and nothing grows.

#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use graceful_probe_tests::{as_many_as, connect, get, send};
use graceful_process_tests::{Program, Running, Signal};

/// More than the supervisor holds at a time, with what else the program has open.
const DESCRIPTORS: usize = 256 + 44;

/// What the connections may cost at most: as many heads as it holds, at their largest, and some more.
const KIBIBYTES: usize = 32 * 1024;

fn start() -> (Running, SocketAddr, u32) {
    let mut running = Program::new(env!("CARGO_BIN_EXE_service")).start();
    running.wait_for("main");
    running.ask("ready");
    let address = running.ask("address").parse().expect("an address");
    let pid = running.ask("pid").parse().expect("a pid");
    (running, address, pid)
}

fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).expect("Linux").count()
}

fn resident_kib(pid: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[track_caller]
fn still_answers(address: SocketAddr) {
    for (path, code) in [("/livez", 200), ("/ready", 200), ("/health", 200)] {
        assert_eq!(get(address, path).code, code, "{path}");
    }
}

/// Idle ones, and such that send a byte of a head that never ends.
#[test]
fn ten_thousand_connections() {
    let (service, address, pid) = start();
    still_answers(address);
    let before = resident_kib(pid);
    let many = as_many_as(10_000);
    let mut open: Vec<TcpStream> = Vec::with_capacity(many);
    for client in 0..many {
        let mut stream = connect(address).expect("a connection");
        if client % 2 == 0 {
            let _ = stream.write_all(b"GET /livez HTTP/1.1\r\nx-slow: ");
        }
        open.push(stream);
        if client % 1_000 == 999 {
            still_answers(address);
            assert!(descriptors(pid) < DESCRIPTORS, "{} descriptors", descriptors(pid));
            let grown = resident_kib(pid).saturating_sub(before);
            assert!(grown < KIBIBYTES, "{grown} KiB more");
        }
    }
    println!("{many} connections: {} KiB more, {} descriptors", resident_kib(pid) - before, descriptors(pid));
    for stream in &mut open {
        let _ = stream.write_all(b"a");
    }
    still_answers(address);
    drop(open);
    end(service);
}

#[test]
fn heads_without_end() {
    let (service, address, pid) = start();
    still_answers(address);
    let before = resident_kib(pid);
    let line = format!("x-large: {}\r\n", "x".repeat(4_000));
    for _ in 0..300 {
        let mut stream = connect(address).expect("a connection");
        let _ = stream.write_all(b"GET /livez HTTP/1.1\r\n");
        // Until it is not taken any more: this is more than the system keeps for a program that is slow to refuse.
        let refused = (0..20_000).any(|_| stream.write_all(line.as_bytes()).is_err());
        assert!(refused, "it read on and on");
    }
    let too_many = "x-many: 1\r\n".repeat(1_000);
    let answer = send(address, format!("GET /livez HTTP/1.1\r\n{too_many}\r\n").as_bytes());
    assert!(answer.as_ref().is_ok_and(|answer| answer.starts_with("HTTP/1.1 431 ")), "{answer:?}");
    let grown = resident_kib(pid).saturating_sub(before);
    assert!(grown < KIBIBYTES, "{grown} KiB more");
    still_answers(address);
    end(service);
}

#[test]
fn garbage() {
    let (service, address, _) = start();
    let garbage: Vec<u8> = (0..=u8::MAX).cycle().take(3_000).collect();
    let bytes: [&[u8]; 8] = [
        b"\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /livez HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"GET \xff\xfe HTTP/1.1\r\n\r\n",
        &garbage,
    ];
    for bytes in bytes {
        if let Ok(answer) = send(address, bytes) {
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{bytes:?}: {answer}");
        }
        still_answers(address);
    }
    end(service);
}

/// One that sends a request with a body that doesn't end, and one that goes away in the middle.
#[test]
fn bodies_and_deserters() {
    let (service, address, _) = start();
    let mut stream = connect(address).expect("a connection");
    stream.write_all(b"GET /livez HTTP/1.1\r\ncontent-length: 1000000\r\n\r\nsome").expect("some of it");
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    for _ in 0..500 {
        let mut stream = connect(address).expect("a connection");
        let _ = stream.write_all(b"GET /health HTTP/1.1\r\n\r\n");
    }
    still_answers(address);
    end(service);
}

fn end(mut service: Running) {
    service.signal(Signal::SIGTERM);
    service.end().exits_with(0).is_silent();
}
