//! The file of a Unix socket: that of an earlier run is replaced, and nobody else's.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

use graceful_http_tests::{Client, Server, get};
use graceful_process_tests::place::Directory;
use graceful_process_tests::{Ended, Program, Running};
use tokio::net::UnixSocket;

fn program(path: &str) -> Program {
    Program::new(env!("CARGO_BIN_EXE_server")).arg("unix").arg(path)
}

#[track_caller]
fn answers(path: &str) {
    Client::new(UnixStream::connect(path).expect("a listener")).ask(&get("/")).is(200, "hello");
}

/// It does not start: `why`, with the path.
#[track_caller]
fn is_refused(ended: &Ended, path: &str, why: &str) {
    ended.exits_with(1).stderr_has(&format!("cannot bind the socket {path}: {why}"));
}

#[track_caller]
fn has_only(directory: &Directory, names: &[&str]) {
    let entries = fs::read_dir(directory.path("")).expect("the directory");
    let mut found: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, names);
}

#[test]
fn a_killed_server_is_started_again() {
    let directory = Directory::create();
    let path = directory.file("socket");
    let server = Server::start(program(&path));
    answers(&path);
    assert_eq!(server.into_running().kill().signal, Some(9));
    assert!(UnixStream::connect(&path).is_err());

    let mut server = Server::start(program(&path));
    answers(&path);
    server.terminate();
    server.into_running().end().exits_with(0).is_silent();
    // After an orderly end the file stays too, since it may be the successor's.
    has_only(&directory, &["socket"]);
    drop(Server::start(program(&path)));
    has_only(&directory, &["socket"]);
}

#[test]
fn a_server_that_drains_leaves_the_path_to_its_successor() {
    let directory = Directory::create();
    let path = directory.file("socket");
    let mut first = Server::start(program(&path));
    let mut busy = Client::new(UnixStream::connect(&path).unwrap());
    busy.send(&get("/go"));
    first.wait_for("go begins");
    let mut idle = Client::new(UnixStream::connect(&path).unwrap());
    idle.ask(&get("/")).is(200, "hello");
    first.terminate();
    // The listener is closed before idle connections are.
    idle.ends();
    let second = Server::start(program(&path));
    answers(&path);
    first.order("go");
    busy.answer().is(200, "gone");
    first.into_running().end().exits_with(0);
    answers(&path);
    drop(second);
}

#[test]
fn a_live_server_keeps_its_path() {
    let directory = Directory::create();
    let path = directory.file("socket");
    let mut first = Server::start(program(&path));
    let pid = first.ask("pid");
    is_refused(&program(&path).run(), &path, &format!("process {pid} listens on it"));
    answers(&path);
    has_only(&directory, &["socket"]);
}

#[tokio::test]
async fn what_is_no_stale_socket_stays() {
    let directory = Directory::create();
    let no_socket = "it is not a socket; remove it, or choose another path";
    let file = directory.file("file");
    fs::write(&file, "precious").unwrap();
    is_refused(&program(&file).run(), &file, no_socket);
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");

    let link = directory.file("link");
    drop(UnixListener::bind(directory.path("stale")).unwrap());
    symlink(directory.path("stale"), &link).unwrap();
    is_refused(&program(&link).run(), &link, no_socket);

    let datagrams = directory.file("datagrams");
    let _socket = UnixDatagram::bind(&datagrams).unwrap();
    is_refused(&program(&datagrams).run(), &datagrams, "whether a process listens on it is unknown: ");

    // A listener whose queue is full.
    let full = directory.file("full");
    let socket = UnixSocket::new_stream().unwrap();
    socket.bind(&full).unwrap();
    let _listener = socket.listen(0).unwrap();
    let _queued = UnixStream::connect(&full).unwrap();
    is_refused(&program(&full).run(), &full, "a process listens on it that accepts no connections");
    has_only(&directory, &["datagrams", "file", "full", "link", "stale"]);
}

#[test]
fn a_path_that_cannot_be_bound_is_an_error_with_the_path() {
    let directory = Directory::create();
    let long = directory.file(&"x".repeat(108));
    is_refused(&program(&long).run(), &long, "path must be shorter than SUN_LEN");
    let nowhere = directory.file("missing/socket");
    is_refused(&program(&nowhere).run(), &nowhere, "No such file or directory");
}

/// The longest path of a socket.
#[test]
fn the_longest_path_is_replaced_too() {
    let directory = Directory::create();
    let parent = directory.file("");
    let path = format!("{parent}{}/s", "x".repeat(107 - parent.len() - 2));
    fs::create_dir(path.strip_suffix("/s").unwrap()).unwrap();
    drop(UnixListener::bind(&path).unwrap());
    drop(Server::start(program(&path)));
}

#[test]
fn of_several_that_start_at_the_same_time_one_gets_the_path() {
    const STARTS: usize = 8;

    let directory = Directory::create();
    let path = directory.file("socket");
    for _ in 0..4 {
        // In the first round nothing is there, and then what the killed one has left.
        let mut starts: Vec<Running> = (0..STARTS).map(|_| program(&path).start()).collect();
        let mut running = 0;
        for start in &mut starts {
            running += usize::from(start.is_told("bound"));
        }
        assert_eq!(running, 1);
        answers(&path);
        let ended = starts.into_iter().map(Running::kill);
        assert_eq!(ended.filter(|ended| ended.code == Some(1)).count(), STARTS - 1);
    }
    has_only(&directory, &["socket"]);
}
