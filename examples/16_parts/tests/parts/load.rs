//! Clients that send one row after another to a tenant.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use graceful_server_tests::client::{Answer, Client, PATIENCE};

use crate::service::send;

/// How many clients each tenant has.
pub(crate) const CLIENTS: usize = 2;

/// How many more rows of each client must be accepted, to show that it is not held up.
const ROWS: usize = 50;

pub(crate) struct Load {
    clients: Vec<Sending>,
    stop: Arc<AtomicBool>,
}

struct Sending {
    /// Of each row. The client ends after the first one that is not accepted.
    answers: Receiver<io::Result<Answer>>,
    /// Returns the accepted rows.
    thread: JoinHandle<Vec<String>>,
}

impl Load {
    pub(crate) fn start(address: SocketAddr, tenant: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);

        let stop = Arc::new(AtomicBool::new(false));
        let start = |()| {
            let (sender, answers) = channel();
            let (path, stop) = (format!("/tenants/{tenant}/rows"), Arc::clone(&stop));
            let client = NEXT.fetch_add(1, Ordering::Relaxed);
            Sending { answers, thread: thread::spawn(move || send_rows(address, &path, client, &stop, &sender)) }
        };
        Self { clients: [(); CLIENTS].map(start).into(), stop }
    }

    /// Waits until each client has sent more rows, all of them accepted, since this was called.
    #[track_caller]
    pub(crate) fn goes_on(&self) {
        for client in &self.clients {
            let before = client.answers.try_iter();
            // The next one may have been sent before, too.
            let after = (0..=ROWS).map(|_| client.answers.recv_timeout(PATIENCE).expect("an answer"));
            before.chain(after).for_each(|answer| assert!(is_accepted(&answer), "{answer:?}"));
        }
    }

    /// Ends the clients, none of which has been refused. Returns the rows, in order.
    #[track_caller]
    pub(crate) fn end(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.ended(|refused| assert!(refused.is_none(), "{refused:?}"))
    }

    /// Waits until the stop of the tenant has refused each client. Returns the rows that were accepted, in order.
    #[track_caller]
    pub(crate) fn until_refused(self) -> Vec<String> {
        self.ended(|refused| assert!(matches!(refused, Some(Ok(Answer { status: 503 | 404, .. }))), "{refused:?}"))
    }

    /// Waits until the stop of the service has refused each client, or has closed its connection. Returns the rows that were
    /// accepted, in order.
    #[track_caller]
    pub(crate) fn until_cut(self) -> Vec<String> {
        self.ended(|refused| assert!(matches!(refused, Some(Err(_) | Ok(Answer { status: 503, .. }))), "{refused:?}"))
    }

    #[track_caller]
    fn ended(self, check: impl Fn(Option<io::Result<Answer>>)) -> Vec<String> {
        let mut rows = Vec::new();
        for client in self.clients {
            rows.extend(client.thread.join().expect("no panic"));
            check(client.answers.try_iter().find(|answer| !is_accepted(answer)));
        }
        rows.sort();
        rows
    }
}

fn is_accepted(answer: &io::Result<Answer>) -> bool {
    matches!(answer, Ok(Answer { status: 202, .. }))
}

fn send_rows(
    address: SocketAddr,
    path: &str,
    client: usize,
    stop: &AtomicBool,
    answers: &Sender<io::Result<Answer>>,
) -> Vec<String> {
    let mut connection = Client::connect(address);
    let mut accepted = Vec::new();
    let mut goes_on = true;
    while goes_on && !stop.load(Ordering::Relaxed) {
        let row = format!("client {client} row {}", accepted.len());
        let answer = send(&mut connection, "POST", path, &row);
        goes_on = is_accepted(&answer);
        if goes_on {
            accepted.push(row);
        }
        let _ = answers.send(answer);
    }
    accepted
}
