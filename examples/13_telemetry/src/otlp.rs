//! The exporter for a collector that speaks OTLP over HTTP.

use opentelemetry_sdk::trace::SpanExporter;

/// Sends to the address in `OTEL_EXPORTER_OTLP_ENDPOINT`, by default `http://localhost:4318`.
pub(crate) fn exporter() -> impl SpanExporter + 'static {
    opentelemetry_otlp::SpanExporter::builder().with_http().build().expect("the address of a collector")
}
