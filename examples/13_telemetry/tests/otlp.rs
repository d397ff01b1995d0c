//! With the feature `otlp`: each span arrives at a collector, those of teardown included.
#![cfg(all(unix, feature = "otlp"))]

use graceful_process_tests::{Program, Signal, all};
use graceful_server_tests::fake::Fake;

#[test]
fn the_collector_gets_every_span() {
    all(["multi_thread", "current_thread", "local"], |flavor| {
        let collector = Fake::start();
        let program = Program::new(env!("CARGO_BIN_EXE_13_telemetry")).arg(flavor);
        let endpoint = format!("http://{}", collector.address);
        let mut running = program.env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint).start();
        running.wait_for_stdout("running as process ");
        running.signal(Signal::SIGTERM);
        running.end().exits_with(0);

        let mut text = String::new();
        while !["serve", "write_rows"].iter().all(|span| text.contains(span)) {
            let traces = collector.next();
            assert!(traces.head.starts_with("POST /v1/traces "), "{}", traces.head);
            // Text is written as it is in protobuf.
            text += &String::from_utf8_lossy(&traces.body);
        }
    });
}
