//! `08_tonic` as a process, with real clients and real signals: it does what its comment says.
#![cfg(unix)]

#[path = "../src/orders.rs"]
mod orders;

use graceful_process_tests::{Program, Signal};
use orders::orders_client::OrdersClient;
use orders::{Order, Receipt};
use tonic::Code;
use tonic::transport::Channel;

use graceful_server_tests::comment::assert_output;
use graceful_server_tests::server::{Server, assert_order};

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_08_tonic"))
}

async fn connect(server: &Server) -> OrdersClient<Channel> {
    OrdersClient::connect(format!("http://{}", server.address)).await.expect("a connection")
}

fn tea() -> Order {
    Order { item: "tea".to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_answered_streams_say_goodbye_and_the_rest_is_unavailable() {
    let mut server = Server::start(program().lame_duck("0s"));
    let mut client = connect(&server).await;
    let mut updates = client.follow(Receipt { number: 7 }).await.expect("a stream").into_inner();
    assert_eq!(updates.message().await.expect("an update").expect("an update").text, "on its way");
    let mut placing = client.clone();
    let order = tokio::spawn(async move { placing.place(tea()).await });
    server.line("order of tea begun");

    server.signal(Signal::SIGTERM);
    server.line("draining");
    // The first may find the old connection, where the client itself gives up: see the example's comment.
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(client.place(tea()).await.expect_err("too late").code());
    }
    assert_eq!(codes.last(), Some(&Code::Unavailable), "{codes:?}");
    assert_eq!(order.await.expect("no panic").expect("a receipt").into_inner().number, 1);
    let mut last = None;
    while let Some(update) = updates.message().await.expect("a clean end of the stream") {
        last = Some(update.text);
    }
    assert_eq!(last.as_deref(), Some("goodbye: follow it elsewhere"));

    let output = server.ends_cleanly();
    assert_order(
        &output,
        &["somebody follows order 7", "order of tea begun", "order 1 placed", "shop closed, orders: 1"],
    );
    assert_eq!(output.iter().filter(|line| line.contains("begun")).count(), 1, "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_lame_duck_it_takes_calls() {
    let mut server = Server::start(program().lame_duck("20s").grace_period("60s"));
    let mut client = connect(&server).await;
    server.signal(Signal::SIGTERM);
    server.line("shutting down");
    for client in [&mut connect(&server).await, &mut client] {
        assert!(client.follow(Receipt { number: 1 }).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ctrl_c_it_says_what_stands_in_its_comment() {
    let mut server = Server::start(program().at_terminal());
    let mut client = connect(&server).await;
    let order = tokio::spawn(async move { client.place(tea()).await });
    server.line("order of tea begun");
    server.signal(Signal::SIGINT);
    assert!(server.line("draining").ends_with(": 1 in flight"));
    assert!(order.await.expect("no panic").is_ok());
    assert_output(include_str!("../src/main.rs"), &server.ends_cleanly());
}
