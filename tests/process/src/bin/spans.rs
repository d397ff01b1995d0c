//! Prints each span that opens and closes, and each event with the spans that it is in.
//!
//! Arguments: what the subscriber does (`blocks`, `panics`), when (`open`, `close`, `event`), and for which span. With "" it is
//! an event that is in none, of the log.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::{env, thread};

use graceful::on_shutdown;
use graceful_process_tests::inside::{asked, block, say};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber, info, info_span};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, SpanRef};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, registry};

#[graceful::main(grace_period = "5s", handler_timeout = "1s", worker_threads = 2)]
async fn main() {
    registry().with(Printer).init();
    graceful::on_report(|_| say("report"));
    say("main");
    graceful::drain_started().await;
}

#[on_shutdown(phase = "lame_duck")]
async fn deregister() {
    info!("deregistering");
}

#[on_shutdown(phase = "drain")]
async fn leave() {
    info!("leaving");
}

#[on_shutdown(priority = 20)]
async fn first() {
    tokio::task::yield_now().await;
    if asked("hangs") {
        std::future::pending::<()>().await;
    }
    info_span!("flush").in_scope(|| info!("flushing"));
}

#[on_shutdown(priority = 10)]
fn last() -> Result<(), &'static str> {
    info!("closing");
    if asked("fails") { Err("disk full") } else { Ok(()) }
}

struct Printer;

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

fn print(line: impl Display) {
    let by_the_supervisor = thread::current().name() == Some("graceful-supervisor");
    say(format_args!("{line}{}", if by_the_supervisor { " BY THE SUPERVISOR" } else { "" }));
}

fn fault(when: &str, span: &str) {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["blocks", at, of, ..] if at == when && of == span => block(),
        ["panics", at, of, ..] if at == when && of == span => panic!("the subscriber fails"),
        _ => {}
    }
}

/// The span and its parents: "shutdown/teardown".
fn path<'a, S: Subscriber + LookupSpan<'a>>(span: &SpanRef<'a, S>) -> String {
    let names: Vec<_> = span.scope().from_root().map(|span| span.name()).collect();
    names.join("/")
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Printer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).expect("it is new");
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
        print(format_args!("open {}", path(&span)));
        fault("open", span.name());
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).expect("it is open");
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let span = context.event_span(event);
        let path = span.as_ref().map(path).unwrap_or_default();
        print(format_args!("event {path}: {}", fields.0["message"]));
        if graceful::is_shutting_down() {
            fault("event", &path);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).expect("it closes now");
        fault("close", span.name());
        let mut line = format!("close {}", path(&span));
        if let Some(Fields(fields)) = span.extensions().get::<Fields>() {
            fields.iter().for_each(|(name, value)| line += &format!(" {name}={value}"));
        }
        print(line);
    }
}
