//! The handshakes that end without a connection, for the log: at most one line per cause and second.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

use crate::events;
use crate::program::program;

const INTERVAL: Duration = Duration::from_secs(1);

/// Why a handshake has ended without a connection.
pub(crate) enum Cause {
    Failed(io::Error),
    Panicked(String),
    TimedOut,
    /// So many were under way when another client connected.
    CrowdedOut(usize),
}

#[derive(Default)]
pub(super) struct Lost {
    failed: Lines,
    panicked: Lines,
    timed_out: Lines,
    crowded_out: Lines,
    /// When those that are not logged yet are.
    timer: Option<Pin<Box<Sleep>>>,
}

/// The lines of one cause.
#[derive(Default)]
struct Lines {
    last: Option<Instant>,
    /// The latest one that has no line, and how many others have none.
    hidden: Option<(Cause, Option<SocketAddr>, usize)>,
}

impl Lost {
    /// Logs a handshake now, or together with others within a second.
    pub(super) fn note(&mut self, cause: Cause, peer: Option<SocketAddr>) {
        let lines = match cause {
            Cause::Failed(_) => &mut self.failed,
            Cause::Panicked(_) => &mut self.panicked,
            Cause::TimedOut => &mut self.timed_out,
            Cause::CrowdedOut(_) => &mut self.crowded_out,
        };
        if lines.note(cause, peer) && self.timer.is_none() {
            self.timer = Some(Box::pin(sleep(INTERVAL)));
        }
    }

    /// Logs those that have no line yet, when it is time.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) {
        if self.timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready()) {
            self.timer = None;
            self.flush();
        }
    }

    fn flush(&mut self) {
        let Self { failed, panicked, timed_out, crowded_out, .. } = self;
        [failed, panicked, timed_out, crowded_out].into_iter().for_each(Lines::flush);
    }
}

impl Drop for Lost {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Lines {
    /// Whether there is one that has no line.
    fn note(&mut self, cause: Cause, peer: Option<SocketAddr>) -> bool {
        let others = self.hidden.take().map_or(0, |(_, _, others)| others + 1);
        self.hidden = Some((cause, peer, others));
        if self.last.is_none_or(|last| last.elapsed() >= INTERVAL) {
            self.flush();
        }
        self.hidden.is_some()
    }

    fn flush(&mut self) {
        if let Some((cause, peer, others)) = self.hidden.take() {
            self.last = Some(Instant::now());
            program().output.log(move || events::handshake_lost(&cause, peer, others));
        }
    }
}
