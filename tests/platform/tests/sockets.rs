//! What becomes of the sockets that systemd passes. A shell plays systemd's part.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::Read;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

use graceful_process_tests::place::Directory;
use graceful_process_tests::{Ended, Program, Signal, all};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use serde_json::{Value, json};

const PATH: &str = env!("CARGO_BIN_EXE_sockets");

/// The program with these descriptors, from 3 on, under these names.
fn passed<'d>(names: &str, descriptors: impl IntoIterator<Item = &'d OwnedFd>) -> Program {
    let descriptors: Vec<_> = descriptors.into_iter().collect();
    let variables = format!("LISTEN_PID=$$ LISTEN_FDS={} LISTEN_FDNAMES={names}", descriptors.len());
    passed_with(&variables, &descriptors)
}

/// The program with these descriptors, from 3 on, and with these variables. `$$` is its process id.
fn passed_with(variables: &str, descriptors: &[&OwnedFd]) -> Program {
    passed_as(variables, descriptors, "\"$0\" \"$@\"")
}

/// As [`passed_with`], but first another program runs in its process.
fn passed_as(variables: &str, descriptors: &[&OwnedFd], command: &str) -> Program {
    let (mut away, mut here) = (String::new(), String::new());
    for (number, descriptor) in (3..).zip(descriptors) {
        fcntl(descriptor.as_fd(), FcntlArg::F_SETFD(FdFlag::empty())).expect("a flag");
        away += &format!("exec {{d{number}}}<&{0} {0}<&-; ", descriptor.as_raw_fd());
        here += &format!("exec {number}<&$d{number} {{d{number}}}<&-; ");
    }
    let script = format!("exec bash -c '{away}{here}export {variables}; exec {command}' \"$0\" \"$@\"");
    Program::under(&script, PATH)
}

fn tcp() -> (OwnedFd, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener.into(), address)
}

/// Ends the program once it has opened everything.
fn opened(program: Program, arguments: &[&str]) -> Ended {
    let ended = { arguments.iter() }.fold(program, |program, argument| program.arg(argument)).terminated();
    ended.exits_with(0);
    ended
}

#[track_caller]
fn greeted(address: &str) {
    let mut greeting = [0; 5];
    TcpStream::connect(address).unwrap().read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"hello");
}

#[test]
fn without_systemd_the_program_binds() {
    let folder = Directory::create();
    let path = folder.file("control");
    let unix = format!("unix:control:{path}");
    // The file stays, and the next start replaces it.
    for _ in 0..2 {
        let ended = opened(Program::new(PATH), &["tcp:http:127.0.0.1:0", &unix, "udp:dns:127.0.0.1:0", "ready"]);
        ended.stderr_has("the socket `http` is 127.0.0.1:").stderr_has(", bound");
        assert!(ended.stdout[1].contains(&path), "{ended}");
    }
}

#[test]
fn what_is_passed_is_taken_by_its_name() {
    let folder = Directory::create();
    let (http, address) = tcp();
    // It was left blocking, as a parent may leave it.
    let control: OwnedFd = UnixListener::bind(folder.file("control")).unwrap().into();
    let dns: OwnedFd = UdpSocket::bind("127.0.0.1:0").unwrap().into();
    let six: OwnedFd = TcpListener::bind("[::1]:0").unwrap().into();
    let program = passed("dns:control:http:six", [&dns, &control, &http, &six]);
    let arguments = ["tcp:http:256.0.0.1:0", "unix:control:/nowhere/at/all", "udp:dns:none", "tcp:six:none", "ready"];
    let program = { arguments.iter() }.fold(program, |program, argument| program.arg(argument));
    let mut running = program.start();
    running.wait_for("main");
    greeted(&address);
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    ended.exits_with(0).stderr_has(&format!("the socket `http` is {address}, passed by systemd"));
    ended.stderr_lacks("WARN");
    assert_eq!(ended.stdout[0], format!("http: {address}"));
}

#[test]
fn several_of_one_name_are_taken_in_their_order() {
    let [(first, address), (second, other)] = [tcp(), tcp()];
    let ended = opened(passed("http:http", [&first, &second]), &["tcp:http:none"; 3]);
    let [first, second, third, ..] = &ended.stdout[..] else { panic!("{ended}") };
    assert_eq!([first, second], [&format!("http: {address}"), &format!("http: {other}")]);
    assert_eq!(third, "http: AddrInUse: the socket `http`: it was taken before");
}

#[test]
fn a_name_that_was_not_passed_is_bound() {
    let [(web, address), (admin, _)] = [tcp(), tcp()];
    let ended = opened(passed("web:admin", [&web, &admin]), &["tcp:http:127.0.0.1:0", "tcp:web:none"]);
    ended.stderr_has("WARN").stderr_has("no socket `http`, so the program binds: it has passed `web`, `admin`");
    assert!(ended.stdout[0].starts_with("http: 127.0.0.1:"), "{ended}");
    assert_eq!(ended.stdout[1], format!("web: {address}"));
    // As systemd's own library calls those without names.
    let ended = opened(passed_with("LISTEN_PID=$$ LISTEN_FDS=1", &[&web]), &["tcp:http:127.0.0.1:0"]);
    ended.stderr_has("it has passed `unknown`");
}

#[test]
fn what_another_process_got_is_not_taken() {
    let (http, _) = tcp();
    // The second is right, and the number of the process is not.
    for variables in ["LISTEN_PID=1", "LISTEN_PID=$$ LISTEN_PIDFDID=1"] {
        let program = passed_with(&format!("{variables} LISTEN_FDS=1 LISTEN_FDNAMES=http"), &[&http]);
        let ended = opened(program, &["tcp:http:127.0.0.1:0", "tcp:http:127.0.0.1:0", "ready"]);
        let warnings = ended.stderr.iter().filter(|line| line.contains("WARN")).count();
        assert_eq!(warnings, 1, "{ended}");
        ended.stderr_has("and not to this one, so the program binds");
    }
}

#[test]
fn the_number_of_the_process_is_compared() {
    let (http, address) = tcp();
    // Python opens a descriptor of itself, and becomes the program.
    let python = "import os; os.environ[\"LISTEN_PIDFDID\"] = str(os.fstat(os.pidfd_open(os.getpid())).st_ino); \
        os.execv(os.environ[\"PROGRAM\"], [\"sockets\", \"tcp:http:none\"])";
    let variables = format!("LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=http PROGRAM={PATH}");
    let ended = passed_as(&variables, &[&http], "python3 -c \"$PYTHON\"").env("PYTHON", python).terminated();
    ended.exits_with(0);
    assert_eq!(ended.stdout[0], format!("http: {address}"));
}

#[test]
fn another_kind_of_socket_is_an_error_and_stays() {
    let folder = Directory::create();
    let file = |name: &str| folder.file(name);
    let stream: OwnedFd = UnixListener::bind(file("stream")).unwrap().into();
    let datagram: OwnedFd = UnixDatagram::bind(file("datagram")).unwrap().into();
    let udp: OwnedFd = UdpSocket::bind("127.0.0.1:0").unwrap().into();
    let (connected, _other): (UnixStream, _) = UnixStream::pair().unwrap();
    let regular: OwnedFd = File::create(file("regular")).unwrap().into();
    let tcp_expected = "expected a TCP listener (`ListenStream=` with a port)";
    let cases = [
        (&udp, "which is a UDP socket (`ListenDatagram=` with a port)", "udp:x:none"),
        (&stream, "which is a Unix stream listener (`ListenStream=` with a path)", "unix:x:none"),
        (&datagram, "which is a datagram socket without a port", ""),
        (&connected.into(), "which is a socket that does not listen, such as a connection with `Accept=yes`", ""),
        (&regular, "which is no socket", ""),
    ];
    all(cases, |(descriptor, found, right)| {
        let arguments: Vec<_> = ["tcp:x:127.0.0.1:0", right].into_iter().filter(|word| !word.is_empty()).collect();
        let ended = opened(passed("x", [descriptor]), &arguments);
        let message =
            format!("x: InvalidInput: the socket `x`: systemd has passed descriptor 3, {found}; {tcp_expected}");
        assert_eq!(ended.stdout[0], message);
        assert!(right.is_empty() || !ended.stdout[1].contains("InvalidInput"), "{ended}");
    });
}

#[test]
fn one_socket_under_two_names_is_an_error() {
    let (http, address) = tcp();
    let again = http.try_clone().unwrap();
    let ended = opened(passed("http:admin", [&http, &again]), &["tcp:http:none", "tcp:admin:127.0.0.1:0"]);
    let [first, second, ..] = &ended.stdout[..] else { panic!("{ended}") };
    assert_eq!(first, &format!("http: {address}"));
    let message = "the socket `admin`: systemd has passed descriptor 4, which is the same socket as `http`";
    assert_eq!(second, &format!("admin: InvalidInput: {message}"));
}

#[test]
fn variables_that_cannot_be_read_are_an_error() {
    let (http, _) = tcp();
    let cases = [
        ("LISTEN_PID=one LISTEN_FDS=1", "LISTEN_PID is `one`, which is no number"),
        ("LISTEN_PID=$$ LISTEN_FDS=-1", "LISTEN_FDS is `-1`, which is no number"),
        (
            "LISTEN_PID=$$ LISTEN_FDS=4294967290",
            "LISTEN_FDS is 4294967290, and at most 1048576 descriptors can be passed",
        ),
        ("LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=a:b", "LISTEN_FDNAMES has 2 names for LISTEN_FDS=1"),
        ("LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_PIDFDID=x", "LISTEN_PIDFDID is `x`, which is no number"),
        ("LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=$(printf \"\\377\")", "LISTEN_FDNAMES is no text"),
        ("LISTEN_PID=$$ LISTEN_FDS=2", "descriptor 4: Bad file descriptor"),
    ];
    all(cases, |(variables, why)| {
        let ended = opened(passed_with(variables, &[&http]), &["tcp:http:127.0.0.1:0"]);
        let message = format!("http: InvalidData: the socket `http`: cannot read what systemd has passed: {why}");
        assert!(ended.stdout[0].starts_with(&message), "{ended}");
    });
}

#[test]
fn nothing_passed_is_nothing_to_tell() {
    for variables in ["LISTEN_PID=$$", "LISTEN_FDS=1", "LISTEN_PID= LISTEN_FDS=1", "LISTEN_PID=$$ LISTEN_FDS=0"] {
        opened(passed_with(variables, &[]), &["tcp:http:127.0.0.1:0", "ready"]).stderr_lacks("WARN");
    }
}

#[test]
fn what_nothing_takes_stays_open_and_is_reported_once() {
    let [(http, _), (admin, address)] = [tcp(), tcp()];
    let mut running = { ["tcp:http:none", "ready", "ready"].iter() }
        .fold(passed("http:admin", [&http, &admin]), |program, argument| program.arg(argument))
        .start();
    running.wait_for("main");
    drop(admin);
    TcpStream::connect(&address).unwrap();
    running.signal(Signal::SIGTERM);
    let ended = running.end();
    let told = ended.stderr.iter().filter(|line| line.contains("nothing has taken")).count();
    assert_eq!(told, 1, "{ended}");
    ended.stderr_has("`admin`");
}

#[test]
fn children_do_not_inherit_them() {
    let (http, _) = tcp();
    // Before it is taken, and after.
    let ended = opened(passed("http", [&http]), &["child", "tcp:http:none", "child"]);
    let children: Vec<_> = ended.stdout.iter().filter(|line| line.starts_with("child")).collect();
    assert_eq!(children, ["child: 0 sockets"; 2], "{ended}");
}

#[test]
fn a_name_that_systemd_cannot_pass_is_an_error() {
    let long = format!("udp:{}:none", "x".repeat(256));
    for argument in ["udp::127.0.0.1:0", "udp:é:127.0.0.1:0", "udp:a b:127.0.0.1:0", &long] {
        let ended = opened(Program::new(PATH), &[argument]);
        assert!(ended.stdout[0].contains(": InvalidInput: "), "{ended}");
        assert!(
            ended.stdout[0].ends_with("is no name of a socket: expected 1 to 255 ASCII letters, digits and `-_.@`"),
            "{ended}"
        );
    }
}

#[test]
fn a_bind_that_fails_names_the_socket() {
    let (_held, address) = tcp();
    let ended = opened(Program::new(PATH), &[&format!("tcp:http:{address}")]);
    assert!(ended.stdout[0].starts_with("http: AddrInUse: the socket `http`: Address already in use"), "{ended}");
}

#[test]
fn the_macros_leave_a_record() {
    let program = std::fs::read(PATH).unwrap();
    let start = b"{\"graceful\":1,\"kind\":\"socket\"";
    let records: Vec<Value> = { program.windows(start.len()).enumerate() }
        .filter(|(_, window)| window == start)
        .map(|(at, _)| serde_json::Deserializer::from_slice(&program[at..]).into_iter().next().unwrap().unwrap())
        .collect();
    let record = |name, kind| records.iter().find(|record| record["name"] == name && record["type"] == kind).unwrap();
    let file = "tests/platform/src/bin/sockets.rs";
    let recorded = record("recorded", "tcp");
    assert_eq!(
        [&recorded["address"], &recorded["module"], &recorded["file"]],
        [&json!("127.0.0.1:0"), &json!("sockets"), &json!(file)]
    );
    assert_eq!(record("expression", "udp").get("address"), None);
    assert_eq!(records.len(), 2, "{records:?}");
    opened(Program::new(PATH), &["recorded"]).says(&["recorded: ()", "expression: ()", "main"]);
}
