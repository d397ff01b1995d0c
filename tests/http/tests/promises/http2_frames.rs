//! HTTP/2 clients that do not do what the protocol asks of them, frame by frame.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use graceful_http_tests::Server;
use graceful_process_tests::{Ended, Program};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A client that could hold the drain would hold it for 5 s, which [`ends_soon`] tells from what it may take.
fn server() -> Server {
    Server::start(Program::new(env!("CARGO_BIN_EXE_server")).grace_period("90s").drain_timeout("30s"))
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Settings, the window of each stream among them.
fn settings(window: u32) -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[&[0, 4], &window.to_be_bytes()[..]].concat())
}

fn request(method: u8, stream: u32, path: &str, flags: u8) -> Vec<u8> {
    let name = |place: u8, value: &str| [&[place, u8::try_from(value.len()).unwrap()], value.as_bytes()].concat();
    // From the static table: the method, the scheme, and the names of path and authority.
    let block = [&[method, 0x86][..], &name(4, path), &name(1, "test")].concat();
    frame(HEADERS, END_HEADERS | flags, stream, &block)
}

fn get(stream: u32, path: &str) -> Vec<u8> {
    request(0x82, stream, path, END_STREAM)
}

fn post(stream: u32, path: &str) -> Vec<u8> {
    request(0x83, stream, path, 0)
}

fn connect(server: &Server, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(bytes).unwrap();
    stream
}

/// The next frame: its kind and its payload. `None` at the end.
fn frame_of(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    stream.read_exact(&mut payload).ok()?;
    Some((head[3], payload))
}

/// The payload of the next frame of this kind. `None` at the end.
fn next(stream: &mut TcpStream, wanted: u8) -> Option<Vec<u8>> {
    loop {
        let (kind, payload) = frame_of(stream)?;
        if kind == wanted {
            return Some(payload);
        }
    }
}

/// A client that has had an answer, and acknowledges nothing.
fn idle(server: &Server) -> TcpStream {
    let mut stream = connect(server, &[PREFACE, &settings(65_535), &get(1, "/")].concat());
    assert_eq!(next(&mut stream, DATA), Some(b"hello".to_vec()));
    stream
}

/// The client has a second to acknowledge. The rest is room for a busy machine.
#[track_caller]
fn ends_soon(server: Server) {
    server.into_running().end().exits_with(0).is_silent().took_less_than(Duration::from_millis(4500));
}

#[test]
fn many_that_are_idle() {
    let mut server = server();
    let mut clients: Vec<_> = (0..200).map(|_| idle(&server)).collect();
    server.terminate();
    for client in &mut clients {
        // They are told, at least.
        assert!(next(client, GOAWAY).is_some());
    }
    ends_soon(server);
}

#[test]
fn a_flood_of_pings() {
    let mut server = server();
    let mut client = idle(&server);
    let mut reader = client.try_clone().unwrap();
    let reads = thread::spawn(move || while next(&mut reader, DATA).is_some() {});
    let floods = thread::spawn(move || while client.write_all(&frame(PING, 0, 0, &[7; 8])).is_ok() {});
    server.terminate();
    ends_soon(server);
    floods.join().unwrap();
    reads.join().unwrap();
}

#[test]
fn the_preface_only() {
    let mut server = server();
    let mut client = connect(&server, PREFACE);
    // The server's settings are an answer to it.
    assert!(next(&mut client, SETTINGS).is_some());
    server.terminate();
    ends_soon(server);
}

#[test]
fn settings_without_acknowledgement() {
    let mut server = server();
    let mut client = connect(&server, &[PREFACE, &settings(65_535)].concat());
    assert!(next(&mut client, SETTINGS).is_some());
    server.terminate();
    ends_soon(server);
}

/// A stream in progress continues, for longer than an idle client has.
#[test]
fn a_stream_of_one_that_acknowledges_nothing() {
    let mut server = server();
    let mut busy = connect(&server, &[PREFACE, &settings(65_535), &get(1, "/go")].concat());
    server.wait_for("go begins");
    let mut idle = idle(&server);
    server.terminate();
    // Its time is over.
    while next(&mut idle, GOAWAY).is_some() {}
    server.order("go");
    assert_eq!(next(&mut busy, DATA), Some(b"gone".to_vec()));
    ends_soon(server);
}

/// What an answer has left is sent to one that acknowledges, for as long as it reads.
#[test]
fn a_slow_one_gets_its_whole_answer() {
    let mut server = server();
    let mut client = connect(&server, &[PREFACE, &settings(65_535), &get(1, "/large")].concat());
    assert!(next(&mut client, HEADERS).is_some());
    server.terminate();
    let mut read = 0;
    while read < 16 << 20 {
        let (kind, payload) = frame_of(&mut client).unwrap_or_else(|| panic!("cut after {read} bytes"));
        match kind {
            DATA => {
                read += payload.len();
                let credit = u32::try_from(payload.len()).unwrap().to_be_bytes();
                let credit = [frame(WINDOW_UPDATE, 0, 0, &credit), frame(WINDOW_UPDATE, 0, 1, &credit)].concat();
                // After the last one the server closes.
                let _ = client.write_all(&credit);
            }
            PING => {
                client.write_all(&frame(PING, ACK, 0, &payload)).unwrap();
                // Longer than a client can hold the drain: its slowness is what this is about.
                thread::sleep(Duration::from_millis(5500));
            }
            _ => {}
        }
    }
    drop(client);
    server.into_running().end().exits_with(0).is_silent();
}

/// At the drain's end, and clean.
#[track_caller]
fn is_cut(server: Server, what: &str) -> Ended {
    let ended = server.into_running().end();
    ended.exits_with(0).is_silent();
    assert!(ended.said().iter().any(|line| line.starts_with("cut 1 connection: ") && line.contains(what)), "{ended}");
    ended
}

#[test]
fn one_without_a_window() {
    let mut server = Server::start(Program::new(env!("CARGO_BIN_EXE_server")).drain_timeout("500ms"));
    let mut client = connect(&server, &[PREFACE, &settings(0), &get(1, "/flood")].concat());
    assert!(next(&mut client, HEADERS).is_some());
    server.terminate();
    is_cut(server, "GET /flood from 127.0.0.1:");
}

#[test]
fn one_that_stops_reading() {
    let mut server = Server::start(Program::new(env!("CARGO_BIN_EXE_server")).drain_timeout("500ms"));
    let mut client = connect(&server, &[PREFACE, &settings(65_535), &get(1, "/flood")].concat());
    assert!(next(&mut client, DATA).is_some());
    server.terminate();
    is_cut(server, "GET /flood from 127.0.0.1:");
}

#[test]
fn a_body_that_never_ends() {
    let mut server = Server::start(Program::new(env!("CARGO_BIN_EXE_server")).drain_timeout("500ms"));
    let mut client = connect(
        &server,
        &[PREFACE, &settings(65_535), &post(1, "/upload"), &frame(DATA, 0, 1, b"x"), &get(3, "/go")].concat(),
    );
    server.wait_for("go begins");
    server.order("go");
    assert_eq!(next(&mut client, DATA), Some(b"gone".to_vec()));
    server.terminate();
    is_cut(server, "POST /upload from 127.0.0.1:");
}

/// One of its streams is the application's, so the connection is.
#[test]
fn one_stream_of_several() {
    let mut server = Server::start(Program::new(env!("CARGO_BIN_EXE_server")).drain_timeout("500ms"));
    let frames =
        [PREFACE, &settings(65_535), &post(1, "/upload"), &get(3, "/endless?secret"), &get(5, "/hang")].concat();
    let mut client = connect(&server, &frames);
    server.wait_for("hang begins");
    assert_eq!(next(&mut client, DATA), Some(b"event".to_vec()));
    server.terminate();
    let ended = server.into_running().end();
    ended.exits_with(1).stderr_has("until_drain").stderr_lacks("secret");
    for head in ["POST /upload", "GET /endless", "GET /hang"] {
        ended.stderr_has(head);
    }
}
