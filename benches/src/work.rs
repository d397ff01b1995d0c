//! The measured programs: what they do, whichever crate ends them.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::peer::Peer;

/// The tracked tasks of the program that has many.
pub const TASKS: usize = 10_000;

/// The guards of the drain that has many.
pub const GUARDS: usize = 1_000_000;

/// Time for main to reach its wait for the drain's end.
const SETTLE_TIME: Duration = Duration::from_millis(2);

const HANDLER_TIMEOUT: Duration = Duration::from_secs(5);

static DROPPED: OnceLock<Instant> = OnceLock::new();

/// Runs the program of a crate that has guards: `tasks`, `drain` or `last`.
///
/// # Errors
///
/// If the argument is another one, or the signal handlers cannot be registered.
pub async fn run<P: Peer>() -> Result<(), Box<dyn Error>> {
    match argument().as_str() {
        "tasks" => tasks(P::start()).await?,
        "drain" => drain(P::start(), GUARDS).await,
        "last" => drain(P::start(), 1).await,
        other => return Err(format!("unknown argument: {other}").into()),
    }
    Ok(())
}

/// The program's argument.
#[must_use]
pub fn argument() -> String {
    std::env::args().nth(1).unwrap_or_default()
}

async fn tasks(peer: impl Peer) -> io::Result<()> {
    let signalled = signalled()?;
    let all = Started::default();
    for _ in 0..TASKS {
        let started = all.clone();
        peer.spawn_until_stopping(|| started.one());
    }
    all.all().await;
    println!("SIGTERM is safe");
    signalled.await;
    peer.end().await;
    Ok(())
}

async fn drain(peer: impl Peer, guards: usize) {
    let guards = (0..guards).map(|_| peer.guard()).collect();
    tokio::spawn(drop_all(peer.stopping(), guards));
    peer.end().await;
    first_handler();
}

/// Registers SIGTERM and SIGINT, and returns a future that waits for one of them.
///
/// # Errors
///
/// If they cannot be registered.
pub fn signalled() -> io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

type Handler = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// Runs so many handlers by hand on `app` after a signal. They promise the same as graceful's: each has a timeout, and a panic
/// of one does not stop the others.
///
/// # Errors
///
/// If the signals cannot be registered.
pub async fn handlers(number: usize, app: &Handle) -> io::Result<()> {
    let signalled = signalled()?;
    let handlers: Vec<Handler> = (0..number).map(|_| handler()).collect();
    println!("SIGTERM is safe");
    signalled.await;
    let mut running = JoinSet::new();
    for handler in handlers {
        running.spawn_on(timeout(HANDLER_TIMEOUT, handler()), app);
    }
    while running.join_next().await.is_some() {}
    Ok(())
}

fn handler() -> Handler {
    Box::new(|| Box::pin(async {}))
}

/// Drops the guards a moment after `stopping`: a single one on this thread, many on two other threads.
pub async fn drop_all<G: Send + 'static>(stopping: impl Future<Output = ()>, mut guards: Vec<G>) {
    stopping.await;
    sleep(SETTLE_TIME).await;
    if guards.len() == 1 {
        dropping();
        return drop(guards);
    }
    let half = guards.split_off(guards.len() / 2);
    dropping();
    for half in [guards, half] {
        thread::spawn(move || drop(half));
    }
}

/// Takes the time at which the first guard is dropped.
pub fn dropping() {
    let _ = DROPPED.set(Instant::now());
}

/// Prints the seconds since [`dropping`], if that was called. The program calls it first after the drain.
pub fn first_handler() {
    if let Some(dropped) = DROPPED.get() {
        println!("{}", dropped.elapsed().as_secs_f64());
    }
}

/// Counts the tasks that have started.
#[derive(Debug, Clone, Default)]
pub struct Started(Arc<(AtomicUsize, Notify)>);

impl Started {
    /// Counts one.
    pub fn one(self) {
        if self.0.0.fetch_add(1, Ordering::Relaxed) + 1 == TASKS {
            self.0.1.notify_one();
        }
    }

    /// Resolves when all of them have started.
    pub async fn all(&self) {
        self.0.1.notified().await;
    }
}
