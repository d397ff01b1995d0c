//! With the feature `kafka`: messages that the program has worked on are committed, and another member of the group continues.
#![cfg(all(unix, feature = "kafka"))]

use std::time::{Duration, Instant};

use graceful_process_tests::{Program, Signal};
use graceful_server_tests::client::PATIENCE;
use graceful_server_tests::server::Server;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Message};

/// A member that does not leave is missed after its session of 10 s. From then on, and from a leave, librdkafka's mock waits for
/// 9 s until the members that are left have joined again.
const AFTER_A_LEAVE: Duration = Duration::from_secs(14);

#[test]
fn another_member_goes_on() {
    let cluster = MockCluster::new(1).expect("a broker");
    cluster.create_topic("orders", 1, 1).expect("a topic");
    let brokers = cluster.bootstrap_servers();
    let producer: BaseProducer = client(&brokers).create().expect("a producer");
    for message in ["message 1", "message 2"] {
        producer.send(BaseRecord::<(), _>::to("orders").payload(message)).expect("room for a message");
    }
    producer.flush(PATIENCE).expect("a broker that takes messages");

    let program = Program::new(env!("CARGO_BIN_EXE_14_discovery")).env("KAFKA_BROKERS", &brokers);
    let mut server = Server::start(program);
    server.line("working on message 1");
    server.signal(Signal::SIGTERM);
    server.ends_cleanly();

    let deadline = Instant::now() + AFTER_A_LEAVE;
    let next: BaseConsumer = client(&brokers).set("group.id", "api").create().expect("a consumer");
    next.subscribe(&["orders"]).expect("a topic");
    // A poll also returns when the group has changed.
    let message = loop {
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "the group waits for a member that has gone");
        if let Some(message) = next.poll(left) {
            break message.expect("a message");
        }
    };
    assert_eq!(message.payload(), Some(&b"message 2"[..]));
}

fn client(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    config
}
