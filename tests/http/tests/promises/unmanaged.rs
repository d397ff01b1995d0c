//! In a program that graceful doesn't run a server does what axum's does, and can be stopped all the same.

use graceful_http_tests::{Client, Server, get};
use graceful_process_tests::Program;

#[test]
fn it_serves_and_stops() {
    let server = Server::start(Program::new(env!("CARGO_BIN_EXE_unmanaged")));
    let (mut idle, mut busy) = (Client::connect(server.address), Client::connect(server.address));
    for _ in 0..3 {
        idle.ask(&get("/")).is(200, "hello").is_last(false);
        busy.ask(&get("/")).is(200, "hello").is_last(false);
    }
    busy.ask(&get("/stop")).is(200, "stopped").is_last(true);
    busy.ends();
    idle.ends();
    server.into_running().end().exits_with(0).is_silent().says(&["served", "served again"]);
}
