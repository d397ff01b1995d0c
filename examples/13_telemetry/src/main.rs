//! Logs through tracing-appender and traces through OpenTelemetry: every line and span arrives, those of teardown included.
//!
//! tracing-appender writes the log on its own thread until its guard is dropped. OpenTelemetry exports spans in batches
//! until its provider is shut down. Main passes both to `graceful::keep`. They are dropped after the last line of the
//! shutdown, while the application's runtime still runs, because an exporter needs it to send.
//!
//! The exporter here sends to a task of this process. With `--features otlp` it sends to a collector at
//! `http://localhost:4318`, or wherever `OTEL_EXPORTER_OTLP_ENDPOINT` says.
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

#[cfg(not(feature = "otlp"))]
mod in_process;
#[cfg(feature = "otlp")]
mod otlp;

use std::time::Duration;
use std::{env, io, process};

use graceful::on_shutdown;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::time::sleep;
use tracing::{Instrument, info, info_span};
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::fmt::{self, format::debug_fn};
use tracing_subscriber::prelude::*;

#[cfg(not(feature = "otlp"))]
use crate::in_process::exporter;
#[cfg(feature = "otlp")]
use crate::otlp::exporter;

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

    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter()).build();
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
