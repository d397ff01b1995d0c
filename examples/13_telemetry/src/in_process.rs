//! A collector in this process, and the exporter that sends to it.

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::sync::{mpsc, oneshot};

pub(crate) fn exporter() -> impl SpanExporter + 'static {
    Exporter::start()
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
