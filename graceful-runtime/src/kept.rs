//! The values given to [`keep`](crate::keep), which the flush drops.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::outcome::caught;
use crate::spawn::{self, Boxed};

/// How long all kept values together may take after a forced exit.
pub(crate) const FORCED_TIMEOUT: Duration = Duration::from_millis(100);

type Value = Box<dyn Send>;

/// In the order in which they were kept. `None`: the flush has begun.
pub(crate) struct Kept(Mutex<Option<Vec<Value>>>);

impl Default for Kept {
    fn default() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }
}

impl Kept {
    /// Keeps a value. Drops it if the flush has begun.
    pub(crate) fn add(&self, value: Value) {
        let mut late = None;
        match &mut *self.lock() {
            Some(values) => values.push(value),
            None => late = Some(value),
        }
        // Outside the lock, since its destructor is the user's code.
        drop(late);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().as_ref().is_none_or(Vec::is_empty)
    }

    /// Drops all values, the last one first, and waits at most `limit`. Each has its share of the time, so a destructor that hangs
    /// does not keep the next value from being dropped.
    pub(crate) fn drop_all<'a>(&'a self, app: &'a Handle, limit: Duration) -> Boxed<'a> {
        Box::pin(async move {
            let mut values = self.lock().take().unwrap_or_default();
            let end = Instant::now() + limit;
            while let Some(value) = values.pop() {
                let left = u32::try_from(values.len()).unwrap_or(u32::MAX).saturating_add(1);
                let share = end.saturating_duration_since(Instant::now()) / left;
                let _ = timeout(share, drop_on_a_thread(value, app)).await;
            }
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Value>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a thread that drops the value. The receiver resolves when that is done.
fn drop_on_a_thread(value: Value, app: &Handle) -> oneshot::Receiver<()> {
    let (dropped, is_dropped) = oneshot::channel();
    let value = Arc::new(Mutex::new(Some((value, dropped))));
    let drop_it = move || {
        let taken = value.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((value, dropped)) = taken {
            // The panic hook has printed the message.
            let _ = caught(|| drop(value));
            let _ = dropped.send(());
        }
    };
    let (on_a_thread, runtime) = (drop_it.clone(), app.clone());
    let run = move || {
        let _runtime = runtime.enter();
        on_a_thread();
    };
    if spawn::thread("graceful-keep", run).is_err() {
        // The system has no thread left.
        spawn::task(app, async move { drop_it() });
    }
    is_dropped
}
