//! The clients that are connected: never more than a bounded number, whatever they do.
//!
//! One that has not asked yet gives way to a newer one, so idle clients cannot keep the others out. One that has asked
//! waits for an answer that comes within the timeouts of the health checks.

use std::collections::VecDeque;
use std::future::Future;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// So few that the application is not short of descriptors: 1024 is what a process usually may have.
const MOST: usize = 256;

/// How long to wait for one to end when all of them wait for an answer, before the oldest gives way all the same.
const PATIENCE: Duration = Duration::from_secs(1);

/// After an error of accept that is not the client's. When a client of ours goes before, it is over.
const AFTER_AN_ERROR: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub(super) struct Connections {
    open: JoinSet<()>,
    /// In the order in which they came. Those that have ended leave it when it is looked at.
    clients: VecDeque<Client>,
}

#[derive(Debug)]
struct Client {
    task: AbortHandle,
    asked: Asked,
}

/// Whether a client has sent its request.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked(Arc<AtomicBool>);

impl Asked {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Connections {
    /// The next client, once there is room for it. Doesn't fail: without descriptors it waits until there is one.
    pub(super) async fn accept(&mut self, listener: &TcpListener) -> TcpStream {
        loop {
            self.make_room().await;
            match listener.accept().await {
                Ok((client, _)) => return client,
                Err(error) if is_the_clients(error.kind()) => {}
                Err(_) => {
                    self.let_go(|client| !client.asked.get());
                    if self.open.is_empty() {
                        sleep(AFTER_AN_ERROR).await;
                    } else {
                        let _ = timeout(AFTER_AN_ERROR, self.open.join_next()).await;
                    }
                }
            }
        }
    }

    pub(super) fn add<F>(&mut self, connection: impl FnOnce(Asked) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let asked = Asked::default();
        let task = self.open.spawn(connection(asked.clone()));
        self.clients.push_back(Client { task, asked });
    }

    async fn make_room(&mut self) {
        while self.open.try_join_next().is_some() {}
        while self.open.len() >= MOST {
            self.clients.retain(|client| !client.task.is_finished());
            self.let_go(|client| !client.asked.get());
            if timeout(PATIENCE, self.open.join_next()).await.is_err() {
                self.let_go(|_| true);
            }
        }
        if self.clients.len() > 2 * MOST {
            self.clients.retain(|client| !client.task.is_finished());
        }
    }

    /// Closes the connection of the oldest client of this kind, if there is one.
    fn let_go(&mut self, kind: impl Fn(&Client) -> bool) {
        if let Some(oldest) = self.clients.iter().position(kind)
            && let Some(client) = self.clients.remove(oldest)
        {
            client.task.abort();
        }
    }
}

/// It has gone before it was accepted.
fn is_the_clients(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused)
}
