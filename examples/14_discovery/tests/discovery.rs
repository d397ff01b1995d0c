//! `14_discovery` as a process, with a fake Consul agent and a fake API server.
#![cfg(all(unix, not(feature = "kafka")))]

use graceful_process_tests::place::Directory;
use graceful_process_tests::{Program, Signal};
use graceful_server_tests::client::{Client, assert_refuses_connections};
use graceful_server_tests::comment::assert_output;
use graceful_server_tests::fake::Fake;
use graceful_server_tests::server::{Server, assert_order};

#[test]
fn it_leaves_everything_while_it_still_serves() {
    let (consul, api) = (Fake::start(), Fake::start());
    let folder = Directory::create();
    let token_file = folder.write("token", "old\n");
    let lease = "apis/coordination.k8s.io/v1/namespaces/default/leases/api";
    let program = Program::new(env!("CARGO_BIN_EXE_14_discovery"))
        .env("CONSUL_HTTP_ADDR", &format!("http://{}", consul.address))
        .env("LEASE", &format!("http://{}/{lease}", api.address))
        .env("TOKEN_FILE", &token_file);
    let mut server = Server::start(program);
    let register = consul.next();
    assert!(register.head.starts_with("PUT /v1/agent/service/register "), "{}", register.head);
    assert!(register.text().contains(&format!("\"Port\":{}", server.address.port())), "{}", register.text());
    server.line("working on message 1");
    server.line("on SIGTERM");
    // As the kubelet does before it expires.
    let _ = folder.write("token", "fresh\n");

    server.signal(Signal::SIGTERM);
    let deregister = consul.next();
    let id = format!("PUT /v1/agent/service/deregister/api-{} ", server.address.port());
    assert!(deregister.head.starts_with(&id), "{}", deregister.head);
    let release = api.next();
    assert!(release.head.starts_with(&format!("PATCH /{lease} ")), "{}", release.head);
    assert!(release.head.contains("authorization: Bearer fresh\r\n"), "{}", release.head);
    assert!(release.head.contains("content-type: application/json-patch+json\r\n"), "{}", release.head);
    assert!(release.text().contains(&format!("\"value\":\"api-{}\"", server.address)), "{}", release.text());
    // Nobody that still comes is refused.
    assert_eq!(Client::connect(server.address).get("/").body, "hello");

    server.line("draining");
    assert_refuses_connections(server.address);
    let output = server.ends_cleanly();
    let end = ["handler `release_lease` completed", "draining", "drained"];
    assert_order(&output, &end);
    assert_order(&output, &["stopped leading", "committed message 1", "left the group"]);
    assert_output(include_str!("../src/main.rs"), &output);
}
