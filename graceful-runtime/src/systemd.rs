//! What systemd is told by a service of `Type=notify`: that it is ready, that it stops, in which phase it is and how
//! long it may take, and, for its watchdog, that the application's runtime still runs.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::env;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use graceful_core::Phase;
use sd_notify::NotifyState;
use tokio::net;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::heartbeat::beat;
use crate::lifecycle::Lifecycle;
use crate::output::Output;
use crate::program::Program;
use crate::spawn;
use crate::trigger::Trigger;

/// The variable that names systemd's socket.
const SOCKET: &str = "NOTIFY_SOCKET";

/// What systemd waits beyond the deadline, so that it is the deadline's guard that ends the process, with its words.
const BEYOND: Duration = Duration::from_secs(1);

/// No timer is finer.
const MIN_PAUSE: Duration = Duration::from_millis(1);

pub(crate) struct Systemd {
    socket: NotifySocket,
    /// How often it must hear of us; `None` if it has no watchdog for this process.
    watchdog: Option<Duration>,
    /// The last phase that it was told. `Running` stands for ready, `None` for nothing yet.
    told: Mutex<Option<Phase>>,
}

impl Systemd {
    /// `None` when nobody wants to be told.
    pub(crate) fn find(output: &Output) -> Option<Self> {
        let address = env::var_os(SOCKET)?;
        match NotifySocket::connect(&address) {
            Ok(socket) => {
                let watchdog = sd_notify::watchdog_enabled().filter(|timeout| !timeout.is_zero());
                Some(Self { socket, watchdog, told: Mutex::new(None) })
            }
            Err(why) => {
                // No reason not to start: many a container has the variable, and not the socket.
                output.stderr(format!("graceful: cannot notify systemd at {}: {why}\n", address.display()));
                None
            }
        }
    }

    /// Goes on telling, from tasks of the supervisor's runtime, until that is gone. Call it inside that.
    pub(crate) fn attend(self: &Arc<Self>, program: &'static Program, app: &Handle) {
        let here = Handle::current();
        let me = Arc::clone(self);
        spawn::task(&here, async move { me.socket.catch_up().await });
        let me = Arc::clone(self);
        spawn::task(&here, async move {
            program.lifecycle.becomes_ready().await;
            me.tell(&program.lifecycle);
        });
        let me = Arc::clone(self);
        spawn::task(&here, async move {
            let mut phase = program.lifecycle.subscribe();
            loop {
                me.tell(&program.lifecycle);
                // The sender is never dropped.
                if phase.changed().await.is_err() {
                    return;
                }
            }
        });
        if let Some(timeout) = self.watchdog {
            let (me, app) = (Arc::clone(self), app.clone());
            spawn::task(&here, async move { me.feed(&program.lifecycle, &app, timeout / 2).await });
        }
    }

    /// Tells what has not been told yet. Never waits; from any thread.
    pub(crate) fn tell(&self, lifecycle: &Lifecycle) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let phase = lifecycle.phase();
        if told.is_none() && lifecycle.was_ready() {
            self.socket.send(&[NotifyState::Ready, NotifyState::Status(in_words(Phase::Running))]);
            *told = Some(Phase::Running);
        }
        if phase == Phase::Running || *told >= Some(phase) {
            return;
        }
        let Some(shutdown) = lifecycle.shutdown() else { return };
        let stops = *told <= Some(Phase::Running);
        *told = Some(phase);
        self.stops(stops, phase, &shutdown.trigger);
    }

    fn stops(&self, first: bool, phase: Phase, trigger: &Trigger) {
        let left = trigger.deadline.saturating_duration_since(Instant::now()).saturating_add(BEYOND);
        // Not the crate's own: that one ends at 71 minutes.
        let extension = format!("EXTEND_TIMEOUT_USEC={}", u64::try_from(left.as_micros()).unwrap_or(u64::MAX));
        let mut states = vec![NotifyState::Status(in_words(phase)), NotifyState::Custom(&extension)];
        if first {
            states.insert(0, NotifyState::Stopping);
        }
        if self.watchdog.is_some() {
            states.push(NotifyState::Watchdog);
        }
        self.socket.send(&states);
    }

    /// Keeps the watchdog quiet: before the shutdown as long as the application's runtime answers, from then on in any
    /// case, since the deadline sees to it that there is an end.
    async fn feed(&self, lifecycle: &Lifecycle, app: &Handle, pause: Duration) {
        loop {
            // `None` is the trigger.
            if lifecycle.run_until_requested(beat(app)).await == Some(false) {
                return;
            }
            self.socket.send(&[NotifyState::Watchdog]);
            sleep(pause.max(MIN_PAUSE)).await;
        }
    }
}

/// For a person who asks `systemctl status`.
fn in_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Running => "running",
        Phase::LameDuck => "lame duck: not ready any more, still serving",
        Phase::Draining => "draining: finishing the work in flight",
        Phase::Teardown => "teardown: running the shutdown handlers",
        Phase::Stopped => "stopped: about to exit",
    }
}

/// The socket to systemd, on which nobody waits who has something to say.
///
/// `sd_notify::notify` waits when systemd's queue is full, and takes the name of an abstract socket for a path, so this sends
/// for itself. A message that does not fit into the queue waits here, in order, until the queue has room.
///
/// Connected once, at the start, so that nothing is looked up in a file system later. systemd keeps its socket when it
/// is executed anew.
struct NotifySocket {
    socket: UnixDatagram,
    /// Each of them once, so that a watchdog's meals don't pile up.
    waiting: Mutex<VecDeque<String>>,
    more: Notify,
}

impl NotifySocket {
    /// To the socket of this name: a path, or an abstract one if it begins with `@`.
    fn connect(name: &OsStr) -> io::Result<Self> {
        let address = match name.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            [b'/', ..] => SocketAddr::from_pathname(name)?,
            _ => return Err(io::Error::new(ErrorKind::Unsupported, "neither a path nor an abstract socket")),
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        socket.connect_addr(&address)?;
        Ok(Self { socket, waiting: Mutex::default(), more: Notify::new() })
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends these together: now, or when there is room, after what waits already. Never waits itself.
    fn send(&self, states: &[NotifyState<'_>]) {
        let message: String = states.iter().map(|state| format!("{state}\n")).collect();
        let mut waiting = self.waiting();
        if waiting.is_empty() && !is_full(&self.socket.send(message.as_bytes())) {
            return;
        }
        if !waiting.contains(&message) {
            waiting.push_back(message);
        }
        drop(waiting);
        self.more.notify_one();
    }

    /// Sends what waits, whenever there is room. Call it inside a runtime whose I/O driver is enabled.
    async fn catch_up(&self) {
        self.more.notified().await;
        // A second descriptor for the same socket, which most programs never need.
        let patient = self.socket.try_clone().and_then(net::UnixDatagram::from_std);
        loop {
            while let Some(message) = self.next() {
                // Whoever doesn't listen any more misses it.
                if let Ok(patient) = &patient {
                    let _ = patient.send(message.as_bytes()).await;
                }
                // Only now, so that what is said meanwhile waits behind it.
                self.waiting().pop_front();
            }
            self.more.notified().await;
        }
    }

    fn next(&self) -> Option<String> {
        self.waiting().front().cloned()
    }
}

fn is_full(sent: &io::Result<usize>) -> bool {
    sent.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}
