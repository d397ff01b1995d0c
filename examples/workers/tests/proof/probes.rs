//! What a worker's probes say.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(10);

/// Waits until the worker with these probes is ready, or isn't.
pub(crate) fn wait_until_ready(probes: SocketAddr, ready: bool) {
    let end = Instant::now() + PATIENCE;
    while is_ready(probes) != ready {
        assert!(Instant::now() < end, "never ready: {ready}");
        thread::sleep(PAUSE);
    }
}

fn is_ready(probes: SocketAddr) -> bool {
    let mut connection = TcpStream::connect(probes).unwrap();
    write!(connection, "GET /readyz HTTP/1.1\r\nhost: {probes}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer.starts_with("HTTP/1.1 200 ")
}
