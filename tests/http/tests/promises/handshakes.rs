//! Handshakes beside `accept`, of clients that fail, stay silent and come in thousands. The handshake is one byte.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use graceful_http_tests::{Client, Server, get};
use graceful_process_tests::{Ended, Program};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

const DRAIN: Duration = Duration::from_secs(4);

/// The patience with a request, and so with a handshake, in a drain of [`DRAIN`].
const PATIENCE: Duration = Duration::from_millis(1333);

fn program(handshake: &str) -> Program {
    Program::new(env!("CARGO_BIN_EXE_handshakes")).arg(handshake)
}

/// A client whose handshake is done, with its request.
fn honest(address: SocketAddr) -> Client {
    Client::sending(address, &format!("g{}", get("/")))
}

#[track_caller]
fn is_served(address: SocketAddr) {
    honest(address).answer().is(200, "hello");
}

/// How many handshakes the log has of an outcome, and in how many lines.
fn logged(ended: &Ended, what: &str) -> (usize, usize) {
    let lines: Vec<_> = ended.stderr.iter().filter(|line| line.contains("handshake with 127.0.0.1:")).collect();
    let lines: Vec<_> = lines.into_iter().filter(|line| line.contains(what)).collect();
    let more = |line: &str| -> usize {
        let count = line.split_once(", and ").and_then(|(_, rest)| rest.split_once(" more"));
        count.map_or(0, |(count, _)| count.parse().expect("a number"))
    };
    (lines.iter().map(|line| 1 + more(line)).sum(), lines.len())
}

#[test]
fn one_that_fails_panics_or_hangs_ends_only_its_own_connection() {
    let mut server = Server::start(program("word").arg("brief").arg("log"));
    let mut failing = Client::sending(server.address, "f");
    let mut panicking = Client::sending(server.address, "p");
    let mut hanging = Client::sending(server.address, "h");
    let mut silent = Client::connect(server.address);
    is_served(server.address);
    for lost in [&mut failing, &mut panicking, &mut hanging, &mut silent] {
        lost.is_cut();
    }
    server.wait_for_stderr("timed out");
    is_served(server.address);
    server.terminate();
    let ended = server.into_running().end();
    ended.exits_with(0);
    assert_eq!(logged(&ended, " failed: a bad\\nword"), (1, 1), "{ended}");
    assert_eq!(logged(&ended, " panicked: a word that panics"), (1, 1), "{ended}");
    assert_eq!(logged(&ended, " timed out").0, 2, "{ended}");
    ended.stderr_has("outcome=\"failed\" peer=127.0.0.1:");
}

/// It can't be aborted. The runtime has another thread, and the drain doesn't wait for it longer than for the others.
#[test]
fn one_that_blocks_its_thread_does_not_hold_the_drain() {
    let mut server = Server::start(program("word").env("TOKIO_WORKER_THREADS", "3"));
    let _blocking = Client::sending(server.address, "b");
    is_served(server.address);
    server.terminate();
    server.into_running().end().exits_with(0).took_less_than(DRAIN);
}

#[test]
fn one_that_is_under_way_when_the_drain_is_cut_short_is_held_open_by_its_client() {
    let mut server = Server::start(program("word").arg("log"));
    let _silent = Client::connect(server.address);
    is_served(server.address);
    server.terminate();
    server.wait_for_stderr("draining");
    let mut running = server.into_running();
    running.interrupt_again();
    let ended = running.end();
    ended.exits_with(0).took_less_than(PATIENCE);
    ended
        .stderr_has("held open by the client: 1 connection: a connection from 127.0.0.1:")
        .stderr_has("in its handshake");
}

#[test]
fn the_log_has_a_line_per_second() {
    let mut server = Server::start(program("word").arg("log"));
    for _ in 0..50 {
        Client::sending(server.address, "f").is_cut();
    }
    // The first has a line at once, and the others together after a second.
    server.wait_for_stderrs(2, "failed");
    server.terminate();
    let ended = server.into_running().end();
    ended.exits_with(0);
    let (handshakes, lines) = logged(&ended, " failed");
    assert_eq!(handshakes, 50, "{ended}");
    // On a machine so slow that they took ten seconds.
    assert!(lines <= 10, "{ended}");
}

#[test]
fn at_the_limit_the_one_that_has_waited_longest_is_dropped() {
    let mut server = Server::start(program("word").arg("limit").arg("log"));
    let mut silent: Vec<_> = (0..4).map(|_| Client::connect(server.address)).collect();
    server.ask_until("in flight", "4");
    is_served(server.address);
    silent[0].is_cut();
    // The others are still welcome.
    for late in &mut silent[1..] {
        late.send(&format!("g{}", get("/")));
        late.answer().is(200, "hello");
    }
    server.terminate();
    let ended = server.into_running().end();
    ended.exits_with(0).stderr_has("while 4 handshakes were under way");
    assert_eq!(logged(&ended, " dropped").0, 1, "{ended}");
}

#[test]
fn ten_thousand_that_stay_silent() {
    const CLIENTS: usize = 10_000;
    /// The default.
    const LIMIT: usize = 512;

    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
    let clients = CLIENTS.min(usize::try_from(most).unwrap_or(usize::MAX) - 100);
    let mut server = Server::start(program("word").arg("log"));
    is_served(server.address);
    let pid = server.ask("pid");
    let before = memory(&pid);
    let mut silent = Vec::new();
    while silent.len() < clients {
        // Fewer than the listener's queue holds: a client that finds it full tries again after a second.
        silent.extend((0..100.min(clients - silent.len())).map(|_| TcpStream::connect(server.address).unwrap()));
        is_served(server.address);
    }
    let grown = memory(&pid).saturating_sub(before);
    let open = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    // Some of the connections, and 32 KiB for each.
    assert!(open < 600 && grown < 600 * 32, "{open} descriptors, {grown} KiB more than {before} KiB");
    drop(silent);
    server.terminate();
    let ended = server.into_running().end();
    ended.exits_with(0).took_less_than(DRAIN);
    let (dropped, lines) = logged(&ended, " dropped");
    assert!(dropped + LIMIT >= clients && lines < 200, "{dropped} of {clients} in {lines} lines");
}

/// The resident memory in KiB.
fn memory(pid: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn in_the_queue(program: Program) {
    let mut server = Server::start(program);
    let clients = server.terminate_after(|address| -> Vec<_> { (0..100).map(|_| honest(address)).collect() });
    for mut client in clients {
        client.answer().is(200, "hello");
        client.ends();
    }
    let address = server.address;
    server.into_running().end().exits_with(0).took_less_than(DRAIN);
    assert!(TcpStream::connect(address).is_err(), "it still listens");
}

#[test]
fn in_the_queue_of_the_listener() {
    in_the_queue(program("word"));
}

#[test]
fn in_the_queue_before_two_handshakes() {
    let mut server = Server::start(program("twice"));
    let clients = server.terminate_after(|address| -> Vec<_> {
        (0..50).map(|_| Client::sending(address, &format!("gg{}", get("/")))).collect()
    });
    for mut client in clients {
        client.answer().is(200, "hello");
        client.ends();
    }
    server.into_running().end().exits_with(0).took_less_than(DRAIN);
}

/// After the linger, which is 400 ms here, and the request comes a little later still.
#[test]
fn a_handshake_that_ends_late_in_the_drain() {
    let mut server = Server::start(program("word").arg("tell").arg("long-linger"));
    let mut late: Vec<_> = (0..5).map(|_| Client::connect(server.address)).collect();
    server.ask_until("in flight", "5");
    server.terminate();
    server.wait_for("draining");
    thread::sleep(Duration::from_millis(600));
    for client in &mut late {
        client.send("g");
    }
    thread::sleep(Duration::from_millis(20));
    for client in &mut late {
        client.ask(&get("/")).is(200, "hello").is_last(true);
        client.ends();
    }
    server.into_running().end().exits_with(0).took_less_than(DRAIN);
}

#[test]
fn silent_clients_hold_the_drain_for_its_patience() {
    for handshake in ["word", "twice"] {
        let mut server = Server::start(program(handshake).arg("log"));
        let mut silent = Client::connect(server.address);
        server.ask_until("in flight", "1");
        server.terminate();
        silent.is_cut();
        let ended = server.into_running().end();
        ended.exits_with(0).took_between(PATIENCE, DRAIN).stderr_has("timed out");
    }
}

/// Clients that never stop coming hold neither the listener nor the drain.
#[test]
fn the_listener_closes_while_clients_come() {
    let mut server = Server::start(program("word").arg("tell"));
    let mut held = Client::connect(server.address);
    server.ask_until("in flight", "1");
    server.terminate();
    server.wait_for("draining");
    while TcpStream::connect(server.address).is_ok() {}
    // Those that have connected are still waited for.
    held.send(&format!("g{}", get("/")));
    held.answer().is(200, "hello").is_last(true);
    held.ends();
    server.into_running().end().exits_with(0).took_less_than(DRAIN);
}

/// With a linger of 3 s, for which a listener is polled of which nothing is known.
#[test]
fn without_clients_it_ends_at_once() {
    for handshake in ["word", "twice", "tls"] {
        let program = program(handshake).arg("long-linger").grace_period("90s").drain_timeout("30s");
        let mut server = Server::start(program);
        server.ask("address");
        server.terminate();
        server.into_running().end().exits_with(0).is_silent().took_less_than(Duration::from_millis(900));
    }
}

/// A client in its handshake, and others behind it whose requests are sent. The listener is polled for 1 s.
#[test]
fn a_listener_with_work_in_accept_is_polled_on() {
    let program = program("inline").arg("tell").arg("long-linger").grace_period("90s").drain_timeout("30s");
    let mut server = Server::start(program);
    let mut first = Client::connect(server.address);
    let behind: Vec<_> = (0..20).map(|_| honest(server.address)).collect();
    server.terminate();
    server.wait_for("draining");
    thread::sleep(Duration::from_millis(30));
    first.send(&format!("g{}", get("/")));
    for mut client in behind.into_iter().chain([first]) {
        client.answer().is(200, "hello");
        client.ends();
    }
    server.into_running().end().exits_with(0).is_silent();
}

#[test]
fn in_the_queue_of_a_listener_with_work_in_accept() {
    in_the_queue(program("inline"));
}
