//! Clients of the service, and a program of which the service is one thread.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use graceful_process_tests::Signal;

use super::{in_order, start};

/// For an answer that does not come.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn each_client_is_told_goodbye() {
    let mut running = start("echo");
    let address = running.rest_of("listening on ");
    let mut client = TcpStream::connect(&address).expect("a connection");
    client.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut lines = BufReader::new(client.try_clone().expect("a copy")).lines().map(|line| line.expect("a line"));
    assert_eq!(lines.next().as_deref(), Some("Hello!"));
    client.write_all(b"one\ntwo\n").expect("a write");
    assert_eq!(lines.next().as_deref(), Some("ONE"));

    running.signal(Signal::SIGTERM);
    assert_eq!(lines.collect::<Vec<_>>(), ["TWO", "Goodbye."]);
    let ended = running.end();
    ended.exits_with(0).stderr_lacks("shutdown");
    assert_eq!(ended.said().last(), Some(&"connection closed"), "{ended}");
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn another_thread_ends_the_service() {
    let mut running = start("own_thread");
    running.wait_for("count: 3");
    running.order("stop");
    let ended = running.end();
    ended.exits_with(0).is_silent();
    in_order(&ended, &["count: 3", "counter stopped", "shutdown finished"]);
}

#[test]
fn a_service_without_signals_leaves_them_alone() {
    let mut running = start("own_thread");
    running.wait_for("count: 3");
    running.signal(Signal::SIGINT);
    assert_eq!(running.end().signal, Some(Signal::SIGINT as i32));
}
