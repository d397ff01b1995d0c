//! A TCP service that loses no client when it is stopped.
//!
//! Start it, connect with `nc`, and send SIGTERM. For three seconds it still accepts clients, while load balancers notice
//! that it stops. Then it refuses new clients, and each connected client may send one more line.
//!
//! Below, two clients are connected when SIGTERM arrives, and a third one connects during the lame duck. In the drain client 1
//! sends its line. Client 2 sends nothing, and is disconnected after five seconds. The exit code is 0.
//!
//! ```text
//! $ cargo run --example 02_tcp_echo
//! listening on 127.0.0.1:<port>
//!   a client:   nc 127.0.0.1 <port>
//!   to stop it: kill <pid>    (or Ctrl-C, which doesn't wait for load balancers)
//!  INFO on SIGTERM: serve for 3 s, drain for at most 15 s, run 2 handlers; in the worst case 26 s of 30 s
//! client 1 connected
//! client 2 connected
//!  INFO shutting down after SIGTERM, within 30 s; serving for 3 s more
//! client 3 connected
//! client 3 left
//!  INFO draining for at most 15 s: 2 in flight
//! new clients are refused
//! client 1 left
//!  INFO still draining: waiting for 1 tracked task, at most 14 s longer
//!  INFO still draining: waiting for 1 tracked task, at most 12 s longer
//! client 2 left
//!  INFO drained in 5 s
//! saved the tally: clients 3, lines 3
//!  INFO shutdown handler `save_tally` completed in 1 ms
//! closed the database
//!  INFO shutdown handler `close_database` completed in 1 ms
//!  INFO shutdown after SIGTERM took 8.002 s of 30 s: 2 handlers completed; exit code 0
//!
//! shutdown after SIGTERM took 8.002 s of the 30 s grace period: exit code 0
//! lame duck                    3.001 s  ████                                     │
//! draining                     5.001 s      ███████                              │
//! teardown                      512 µs             █                             │
//!   save_tally      completed   184 µs             ━                             │
//!   close_database  completed   105 µs             ━                             │
//!                                       0 s                      grace period 30 s
//! ```

use std::env;
use std::io;
use std::pin::pin;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use graceful::{Resource, on_shutdown};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tracing_subscriber::fmt::format::debug_fn;

/// How long a client is waited for once the drain has begun.
const ONE_MORE_LINE: Duration = Duration::from_secs(5);

#[graceful::main(grace_period = "30s", lame_duck = "3s", drain_timeout = "15s")]
async fn main() -> io::Result<()> {
    log_to_terminal();

    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    println!("listening on {address}");
    println!("  a client:   nc {} {}", address.ip(), address.port());
    println!("  to stop it: kill {}    (or Ctrl-C, which doesn't wait for load balancers)", process::id());

    let tally = Arc::new(Tally::default());
    graceful::provide(Arc::clone(&tally));
    // A report that isn't clean goes to standard error by itself.
    graceful::on_report(|report| {
        if report.is_clean() {
            println!("\n{report}");
        }
    });
    graceful::ready();

    let mut draining = pin!(graceful::drain_started());
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                // A tracked task is in flight: the drain waits for it.
                Ok((client, _)) => {
                    graceful::spawn(serve(client, Arc::clone(&tally)));
                }
                Err(error) => eprintln!("cannot accept: {error}"),
            },
            () = &mut draining => break,
        }
    }
    drop(listener);
    println!("new clients are refused");
    Ok(())
}

async fn serve(client: TcpStream, tally: Arc<Tally>) {
    let number = tally.clients.fetch_add(1, Ordering::Relaxed) + 1;
    println!("client {number} connected");
    match echo(client, &tally).await {
        Ok(()) => println!("client {number} left"),
        Err(error) => println!("client {number} is lost: {error}"),
    }
}

/// Sends back what the client says, until it hangs up, or until the drain: then one more line.
async fn echo(mut client: TcpStream, tally: &Tally) -> io::Result<()> {
    let (reader, mut writer) = client.split();
    let mut lines = BufReader::new(reader).lines();
    loop {
        let line = tokio::select! {
            line = lines.next_line() => line?,
            () = graceful::drain_started() => break,
        };
        let Some(line) = line else { return Ok(()) };
        tally.lines.fetch_add(1, Ordering::Relaxed);
        writer.write_all(format!("{line}\n").as_bytes()).await?;
    }
    writer.write_all(b"(we are closing: one more line?)\n").await?;
    if let Ok(line) = timeout(ONE_MORE_LINE, lines.next_line()).await
        && let Some(line) = line?
    {
        tally.lines.fetch_add(1, Ordering::Relaxed);
        writer.write_all(format!("{line}\n").as_bytes()).await?;
    }
    writer.write_all(b"(goodbye)\n").await
}

#[derive(Default)]
struct Tally {
    clients: AtomicU64,
    lines: AtomicU64,
}

#[on_shutdown(priority = 20, timeout = "4s")]
async fn save_tally(Resource(tally): Resource<Arc<Tally>>) {
    let (clients, lines) = (tally.clients.load(Ordering::Relaxed), tally.lines.load(Ordering::Relaxed));
    println!("saved the tally: clients {clients}, lines {lines}");
}

#[on_shutdown(priority = 10, timeout = "4s")]
async fn close_database() {
    println!("closed the database");
}

/// Prints log lines as sentences, without time, target and fields. A service uses `tracing_subscriber::fmt::init()`, which prints
/// all of them.
fn log_to_terminal() {
    let sentence = debug_fn(|writer, field, value| match field.name() {
        "message" => write!(writer, "{value:?}"),
        _ => Ok(()),
    });
    tracing_subscriber::fmt().with_ansi(false).without_time().with_target(false).fmt_fields(sentence).init();
}
