//! What the measured programs do, whichever crate ends them.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::sleep;

/// The tracked tasks of a program that has many.
pub const TASKS: usize = 10_000;

/// The guards of a drain.
pub const GUARDS: usize = 1_000_000;

/// For what waits for the drain's end to have begun to wait.
const SETTLE: Duration = Duration::from_millis(2);

static DROPPED: OnceLock<Instant> = OnceLock::new();

/// SIGTERM or SIGINT, by hand.
///
/// # Errors
///
/// When there can't be a handler for them.
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

/// Drops the guards some time after `stopping`: one on this thread, many on two others.
pub async fn drop_all<G: Send + 'static>(stopping: impl Future<Output = ()>, mut guards: Vec<G>) {
    stopping.await;
    sleep(SETTLE).await;
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

/// The guards are about to be dropped.
pub fn dropping() {
    let _ = DROPPED.set(Instant::now());
}

/// What runs first when nothing is in flight any more: it prints the nanoseconds since the guards began to be dropped.
pub fn first_handler() {
    let since = DROPPED.get().map_or(0, |dropped| dropped.elapsed().as_nanos());
    println!("{since}");
}

/// Counts the tasks that have started.
#[derive(Debug, Clone, Default)]
pub struct Started(Arc<(AtomicUsize, Notify)>);

impl Started {
    /// One more has.
    pub fn one(self) {
        if self.0.0.fetch_add(1, Ordering::Relaxed) + 1 == TASKS {
            self.0.1.notify_one();
        }
    }

    /// Resolves when all have.
    pub async fn all(&self) {
        self.0.1.notified().await;
    }
}
