//! A member of the group `api`, which consumes the topic `orders`.

use std::env;

use rdkafka::ClientConfig;
pub(crate) use rdkafka::Message;
pub(crate) use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};

pub(crate) fn subscribed() -> StreamConsumer {
    let brokers = env::var("KAFKA_BROKERS").unwrap_or_else(|_| "localhost:9092".to_owned());
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", "api");
    config.set("enable.auto.commit", "false").set("auto.offset.reset", "earliest");
    // After this time the broker takes the partitions from a member that has crashed.
    config.set("session.timeout.ms", "10000");
    let consumer: StreamConsumer = config.create().expect("the configuration of a consumer");
    consumer.subscribe(&["orders"]).expect("the name of a topic");
    consumer
}
