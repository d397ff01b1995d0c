//! The tenants: a scope for each, with a consumer and a handler.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use graceful::{Backoff, OnError, Scope};
use tokio::sync::{Mutex, mpsc};
use tokio::task::block_in_place;

use crate::rows::Rows;

/// A tenant whose rows cannot be written is stopped after half a minute to a minute.
const BACKOFF: Backoff =
    Backoff::exponential(Duration::from_millis(100)..Duration::from_secs(10)).at_most(10, Duration::from_secs(120));

/// The tenants that nobody has stopped.
#[derive(Clone)]
pub(crate) struct Tenants {
    folder: PathBuf,
    by_name: Arc<Mutex<HashMap<String, Tenant>>>,
}

#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) scope: Scope,
    pub(crate) queue: mpsc::Sender<String>,
}

impl Tenants {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, by_name: Arc::default() }
    }

    /// Returns `false` if it is open.
    pub(crate) async fn open(&self, name: String) -> Result<bool, Box<dyn Error + Send + Sync>> {
        let mut by_name = self.by_name.lock().await;
        if by_name.contains_key(&name) {
            return Ok(false);
        }
        let tenant = Tenant::open(&name, self.folder.join(format!("{name}.rows")))?;
        by_name.insert(name, tenant);
        Ok(true)
    }

    pub(crate) async fn get(&self, name: &str) -> Option<Tenant> {
        self.by_name.lock().await.get(name).cloned()
    }

    pub(crate) async fn remove(&self, name: &str) -> Option<Tenant> {
        self.by_name.lock().await.remove(name)
    }
}

impl Tenant {
    fn open(name: &str, file: PathBuf) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let scope = graceful::scope(name);
        // Refused while an earlier tenant of this name drains.
        let _in_flight = scope.try_track()?;
        let (queue, rows) = mpsc::channel(1000);
        let rows = Arc::new(Mutex::new(Rows::open(file, rows)?));

        // Runs when the consumer and all requests of the tenant have ended.
        scope.handler("flush").timeout(Duration::from_secs(5)).register_blocking({
            let rows = Arc::clone(&rows);
            move || rows.blocking_lock().flush()
        })?;
        scope.task("consumer").restart(BACKOFF).on_error(OnError::Shutdown).spawn({
            let scope = scope.clone();
            move || consume(scope.clone(), Arc::clone(&rows))
        });
        Ok(Self { scope, queue })
    }
}

/// Writes rows until the tenant drains. What is left then is written by the handler, and after an error by the next attempt.
async fn consume(tenant: Scope, rows: Arc<Mutex<Rows>>) -> io::Result<()> {
    let mut rows = rows.lock().await;
    loop {
        block_in_place(|| rows.write())?;
        if tenant.until_drain(rows.next()).await.is_none() {
            return Ok(());
        }
    }
}
