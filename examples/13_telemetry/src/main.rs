//! Logs through tracing-appender and traces through OpenTelemetry: every line and span arrives, those of teardown included.
//!
//! tracing-appender writes the log on its own thread until its guard is dropped. OpenTelemetry exports spans in batches
//! until its provider is shut down. Main passes both to `graceful::keep`. They are dropped after the last line of the
//! shutdown, while the application's runtime still runs, because an exporter needs it to send.
//!
//! The exporter here sends to a task of this process. For a real collector, replace it with the one of the crate
//! `opentelemetry-otlp`, which is left out because of its dependencies.
//!
//! The first argument is the runtime: `multi_thread` (the default), `current_thread` or `local`. The second one, `fails` or
//! `hangs`, is what goes wrong in the handler. Start the example, and end it from a second terminal with `kill <pid>`:
//!
//! ```text
//! $ cargo run -p example-13-telemetry
//! running as process 4242
//!  INFO on SIGTERM: drain for at most 5 s, run 1 handler; in the worst case 9 s of 20 s
//!  INFO shutting down after SIGTERM, within 20 s
//!  INFO draining for at most 5 s: 0 in flight
//!  INFO drained in 84 µs
//!  INFO writing the last rows
//!  INFO shutdown handler `close_database` completed in 131 µs
//!  INFO shutdown after SIGTERM took 1.2 ms of 20 s: 1 handler completed; exit code 0
//! collected the span `serve`
//! collected the span `write_rows`
//! ```

use std::time::Duration;
use std::{env, io, process};

use graceful::on_shutdown;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;
use tracing::{Instrument, info, info_span};
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::fmt::{self, format::debug_fn};
use tracing_subscriber::prelude::*;

fn main() {
    match env::args().nth(1).as_deref() {
        Some("current_thread") => current_thread::main(),
        Some("local") => local::main(),
        _ => multi_thread::main(),
    }
}

mod multi_thread {
    #[graceful::main(grace_period = "20s", drain_timeout = "5s")]
    pub(crate) async fn main() {
        super::serve().await;
    }
}

mod current_thread {
    #[graceful::main(flavor = "current_thread", grace_period = "20s", drain_timeout = "5s", plan_test = false)]
    pub(crate) async fn main() {
        super::serve().await;
    }
}

mod local {
    #[graceful::main(flavor = "local", grace_period = "20s", drain_timeout = "5s", plan_test = false)]
    pub(crate) async fn main() {
        super::serve().await;
    }
}

async fn serve() {
    start_telemetry();
    let served = async {
        graceful::ready();
        println!("running as process {}", process::id());
        graceful::drain_started().await;
    };
    served.instrument(info_span!("serve")).await;
}

fn start_telemetry() {
    let (writer, guard) = tracing_appender::non_blocking(io::stdout());
    // Kept first, so dropped last: what the traces' end logs arrives too.
    graceful::keep(guard);

    let provider = SdkTracerProvider::builder().with_batch_exporter(Exporter::start()).build();
    let tracer = provider.tracer("telemetry");
    graceful::keep(Traces(provider));

    // Sentences without time, target, fields and spans, as in the comment above.
    let sentence = debug_fn(|writer, field, value| match field.name() {
        "message" => write!(writer, "{value:?}"),
        _ => Ok(()),
    });
    let events = filter_fn(|metadata| metadata.is_event());
    let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
    let lines =
        fmt::layer().without_time().with_target(false).with_ansi(false).fmt_fields(sentence).with_writer(writer);
    let spans = tracing_opentelemetry::layer().with_tracer(tracer);
    tracing_subscriber::registry()
        .with(lines.with_filter(own.clone().with_target("graceful", LevelFilter::INFO).and(events)))
        .with(spans.with_filter(own))
        .init();
}

/// Ends the export of traces when it is dropped.
struct Traces(SdkTracerProvider);

impl Drop for Traces {
    fn drop(&mut self) {
        // It blocks until the last batch is exported.
        if let Err(error) = self.0.shutdown() {
            tracing::error!("spans are lost: {error}");
        }
    }
}

#[on_shutdown(timeout = "4s")]
async fn close_database() -> Result<(), &'static str> {
    info_span!("write_rows").in_scope(|| info!("writing the last rows"));
    let fault = env::args().nth(2);
    match fault.as_deref() {
        Some("fails") => Err("rows at stake"),
        Some("hangs") => {
            sleep(Duration::from_secs(60)).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

type Batch = (Vec<SpanData>, oneshot::Sender<()>);

/// Sends spans to the collector, and waits until it has them.
#[derive(Debug)]
struct Exporter {
    collector: mpsc::UnboundedSender<Batch>,
}

impl Exporter {
    fn start() -> Self {
        let (collector, batches) = mpsc::unbounded_channel();
        tokio::spawn(collect(batches));
        Self { collector }
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        let (collected, is_collected) = oneshot::channel();
        let lost = |_| OTelSdkError::InternalFailure("the collector is gone".to_owned());
        self.collector.send((spans, collected)).map_err(|_| lost(()))?;
        is_collected.await.map_err(|_| lost(()))
    }
}

/// Stands for a collector. It is a task of the application's runtime, which nothing waits for.
async fn collect(mut batches: mpsc::UnboundedReceiver<Batch>) {
    while let Some((spans, collected)) = batches.recv().await {
        for span in spans {
            println!("collected the span `{}`", span.name);
        }
        let _ = collected.send(());
    }
}
