//! Prints what the recorder of the metrics gets. Arguments: what goes wrong.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use graceful::{Backoff, on_shutdown};
use graceful_process_tests::inside::{asked, block, say};
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

#[graceful::main(grace_period = "5s", handler_timeout = "500ms", worker_threads = 1)]
async fn main() {
    metrics::set_global_recorder(Printer).expect("the first recorder");
    if asked("guard") {
        std::mem::forget(graceful::track());
    }
    if asked("blocked") {
        tokio::spawn(async {
            graceful::drain_started().await;
            block()
        });
    }
    if asked("parts") {
        let part = graceful::readiness("part");
        part.set_ready();
        part.set_not_ready("offline");
        part.set_ready();
    }
    if asked("restarts") {
        let mut attempts = 0;
        let pause = Duration::from_millis(1);
        graceful::task("consumer").restart(Backoff::exponential(pause..pause)).spawn(move || {
            attempts += 1;
            async move {
                if attempts < 3 {
                    return Err("offline");
                }
                graceful::drain_started().await;
                Ok(())
            }
        });
    }
    graceful::on_report(|_| say("report"));
    say("main");
    graceful::drain_started().await;
}

#[on_shutdown(phase = "lame_duck")]
async fn deregister() {}

#[on_shutdown(phase = "drain")]
async fn leave() {}

#[on_shutdown]
async fn flush() {}

#[on_shutdown]
fn close() -> Result<(), &'static str> {
    if asked("fails") { Err("disk full") } else { Ok(()) }
}

struct Printer;

struct Metric(Key);

impl Metric {
    fn print(&self, update: &str) {
        // Not before the shutdown, so that main is printed.
        if graceful::is_shutting_down() && asked("recorder blocks") {
            block();
        }
        assert!(!asked("recorder panics"), "the recorder fails");
        let labels: Vec<_> = self.0.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let thread =
            thread::current().name().filter(|name| *name != "graceful-metrics").map(|name| format!(" on {name}"));
        say(format_args!("{}{{{}}} {update}{}", self.0.name(), labels.join(","), thread.unwrap_or_default()));
    }
}

impl CounterFn for Metric {
    fn increment(&self, value: u64) {
        self.print(&format!("+{value}"));
    }

    fn absolute(&self, value: u64) {
        self.print(&format!(">={value}"));
    }
}

impl GaugeFn for Metric {
    fn increment(&self, value: f64) {
        self.print(&format!("+{value}"));
    }

    fn decrement(&self, value: f64) {
        self.print(&format!("-{value}"));
    }

    fn set(&self, value: f64) {
        self.print(&format!("={value}"));
    }
}

impl HistogramFn for Metric {
    fn record(&self, value: f64) {
        self.print(if (0.0..5.0).contains(&value) { "recorded" } else { "recorded, and not in seconds" });
    }
}

fn described(kind: &str, key: &KeyName, unit: Option<Unit>) {
    say(format_args!("{kind} {} in {}", key.as_str(), unit.map_or("", |unit| unit.as_str())));
}

impl Recorder for Printer {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        described("counter", &key, unit);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        described("gauge", &key, unit);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        described("histogram", &key, unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(Metric(key.clone())))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(Arc::new(Metric(key.clone())))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Metric(key.clone())))
    }
}
