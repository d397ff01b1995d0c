//! A public server, an admin server and a warm-up agree on the readiness of the program.

use graceful_http_tests::{Client, Server, get};
use graceful_process_tests::Program;

fn start(arg: &str) -> (Server, [Client; 2]) {
    let mut server = Server::start(Program::new(env!("CARGO_BIN_EXE_two_servers")).arg(arg));
    let admin = server.ask("admin").parse().expect("an address");
    let clients = [Client::connect(server.address), Client::connect(admin)];
    (server, clients)
}

const READY: &str = r#"{"status":"ready"}"#;

fn not_ready(why: &str) -> String {
    let part = format!(r#"{{"name":"warm-up","status":"unhealthy","message":"{why}","latency_ms":0.0}}"#);
    format!(r#"{{"status":"not ready","reason":"not ready: warm-up","components":[{part}]}}"#)
}

#[test]
fn they_are_ready_after_the_warm_up() {
    let (mut server, mut clients) = start("");
    // The public server has said `ready()`: it answers.
    for client in &mut clients {
        client.ask(&get("/")).is(200, "hello");
        client.ask(&get("/ready")).is(503, &not_ready("starting"));
        client.ask(&get("/healthz")).is(200, r#"{"status":"alive"}"#);
    }
    for _ in 0..2 {
        server.ask("warm");
        for client in &mut clients {
            client.ask(&get("/ready")).is(200, READY);
        }
        server.ask("cold");
        for client in &mut clients {
            client.ask(&get("/ready")).is(503, &not_ready("the cache is empty"));
        }
    }
    server.ask("warm");
    for client in &mut clients {
        client.send(&get("/go"));
        server.wait_for("go begins");
    }
    server.terminate();
    server.order("go");
    for mut client in clients {
        client.answer().is(200, "gone").is_last(true);
        client.ends();
    }
    server.into_running().end().exits_with(0).is_silent();
}

#[test]
fn an_admin_server_alone_says_nothing() {
    let (mut server, [_public, mut admin]) = start("admin-only");
    admin.ask(&get("/")).is(200, "hello");
    admin.ask(&get("/ready")).is(503, r#"{"status":"not ready","reason":"starting"}"#);
    server.terminate();
    admin.ends();
    server.into_running().end().exits_with(0).is_silent();
}
