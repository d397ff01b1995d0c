//! The floor of the idle service: plain tokio by hand, with the thread that graceful's promises need. It receives the signals
//! and ends the process at a deadline, also when every thread of the runtime is blocked.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::process::exit;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use tokio::sync::oneshot;

const GRACE_PERIOD: Duration = Duration::from_secs(24);

fn main() -> std::io::Result<()> {
    let (mut signals, signalled) = UnixStream::pair()?;
    pipe::register(SIGTERM, signalled.try_clone()?)?;
    pipe::register(SIGINT, signalled)?;
    let (request, requested) = oneshot::channel();
    let supervise = move || {
        let _ = signals.read(&mut [0]);
        let _ = request.send(());
        thread::sleep(GRACE_PERIOD);
        exit(124);
    };
    thread::Builder::new().name("supervisor".to_owned()).spawn(supervise)?;
    serve(requested)
}

#[tokio::main]
async fn serve(requested: oneshot::Receiver<()>) -> std::io::Result<()> {
    println!("SIGTERM is safe");
    let _ = requested.await;
    stop_workers().await;
    flush_cache().await;
    close_database().await;
    Ok(())
}

async fn stop_workers() {
    println!("workers");
}

async fn flush_cache() {
    println!("cache");
}

async fn close_database() {
    println!("database");
}
