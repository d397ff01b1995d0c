//! A gRPC server: calls in progress are answered, streams say goodbye, and new calls are `UNAVAILABLE`.
//!
//! Start it, order from a second terminal, and press Ctrl-C in the first within two seconds. A client that knows gRPC
//! is in the tests; curl needs its bytes by hand:
//!
//! ```sh
//! printf '\0\0\0\0\5\n\3tea' | curl --http2-prior-knowledge -H 'content-type: application/grpc' \
//!     --data-binary @- http://127.0.0.1:50051/shop.Orders/Place | od -c
//! ```
//!
//! When the drain begins, each client receives a GOAWAY, and new connections are refused. tonic's client then tries to connect
//! again and returns `UNAVAILABLE`. While a call is in progress on the old connection, the first call after the GOAWAY fails in
//! the client, mostly as `CANCELLED`. It was never sent, so it is safe to retry.
//!
//! ```text
//! $ cargo run -p example-08-tonic
//! listening on http://127.0.0.1:50051
//!  INFO on SIGTERM: serve for 5 s, drain for at most 12 s, run 1 handler; in the worst case 21 s of 28 s
//! order of tea begun
//! graceful: shutting down; press Ctrl-C again to stop waiting
//!  INFO shutting down after SIGINT, within 28 s
//!  INFO draining for at most 12 s: 1 in flight
//!  INFO still draining: waiting for main to return, 1 in flight, at most 11 s longer
//! order 1 placed
//!  INFO drained in 1.5 s
//! shop closed, orders: 1
//!  INFO shutdown handler `close_shop` completed in 185 µs
//!  INFO shutdown after SIGINT took 1.489 s of 28 s: 1 handler completed; exit code 0
//! ```

mod orders;

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use graceful::{Resource, on_shutdown};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::{interval, sleep};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::orders::orders_server::{Orders, OrdersServer};
use crate::orders::{Order, Receipt, Update};

#[graceful::main(grace_period = "28s", lame_duck = "5s", drain_timeout = "12s")]
async fn main() -> Result<(), Box<dyn Error>> {
    example_log::log_to_terminal();

    let shop = Shop::default();
    graceful::provide(shop.clone());

    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:50051".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    graceful::ready();
    // The layer counts the calls, each to the end of its stream, and refuses them once the drain has begun.
    Server::builder()
        .layer(graceful::http::layer())
        .add_service(OrdersServer::new(shop))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener), graceful::drain_started())
        .await?;
    Ok(())
}

#[derive(Clone, Default)]
struct Shop {
    orders: Arc<AtomicU64>,
}

#[tonic::async_trait]
impl Orders for Shop {
    /// Takes two seconds, and is in flight as long.
    async fn place(&self, order: Request<Order>) -> Result<Response<Receipt>, Status> {
        println!("order of {} begun", order.get_ref().item);
        sleep(Duration::from_secs(2)).await;
        let number = self.orders.fetch_add(1, Ordering::Relaxed) + 1;
        println!("order {number} placed");
        Ok(Response::new(Receipt { number }))
    }

    type FollowStream = ReceiverStream<Result<Update, Status>>;

    /// Without an end of its own: so it has to listen for the drain.
    async fn follow(&self, receipt: Request<Receipt>) -> Result<Response<Self::FollowStream>, Status> {
        println!("somebody follows order {}", receipt.get_ref().number);
        let (updates, stream) = mpsc::channel(1);
        graceful::spawn(async move {
            let mut seconds = interval(Duration::from_secs(1));
            loop {
                tokio::select! {
                    _ = seconds.tick() => if send(&updates, "on its way").await.is_err() { return },
                    () = graceful::drain_started() => break,
                }
            }
            // With an error instead, such as `Status::unavailable`, the client would know without reading.
            let _ = send(&updates, "goodbye: follow it elsewhere").await;
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// Fails when the client is gone.
async fn send(updates: &mpsc::Sender<Result<Update, Status>>, text: &str) -> Result<(), impl Error> {
    updates.send(Ok(Update { text: text.to_owned() })).await
}

#[on_shutdown(timeout = "4s")]
async fn close_shop(Resource(shop): Resource<Shop>) {
    println!("shop closed, orders: {}", shop.orders.load(Ordering::Relaxed));
}
