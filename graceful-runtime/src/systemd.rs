//! Notifies systemd, for units of `Type=notify`, when the service is ready, when it stops, of its phase and of the time
//! that is left. Pings the watchdog while the application's runtime runs.

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

use crate::lifecycle::Lifecycle;
use crate::output::Output;
use crate::program::Program;
use crate::readiness::reasons;
use crate::spawn;
use crate::trigger::Trigger;

/// The variable that names systemd's socket.
const SOCKET: &str = "NOTIFY_SOCKET";

/// How long systemd waits after the deadline, so that the supervisor can end the process with its message.
const BEYOND: Duration = Duration::from_secs(1);

/// The resolution of tokio's timers.
const MIN_PAUSE: Duration = Duration::from_millis(1);

pub(crate) struct Systemd {
    socket: NotifySocket,
    /// How often the watchdog must be pinged. `None` without a watchdog for this process.
    watchdog: Option<Duration>,
    told: Mutex<Told>,
}

/// What was sent.
#[derive(Default)]
struct Told {
    /// The last phase. `Running` means ready, `None` that neither was sent.
    phase: Option<Phase>,
    /// The last status line while the program runs.
    status: Option<String>,
}

impl Systemd {
    /// Connects to systemd's socket. `None` if the environment does not name it, or if it cannot be reached.
    pub(crate) fn find(output: &Output) -> Option<Self> {
        let address = env::var_os(SOCKET)?;
        match NotifySocket::connect(&address) {
            Ok(socket) => {
                let watchdog = sd_notify::watchdog_enabled().filter(|timeout| !timeout.is_zero());
                Some(Self { socket, watchdog, told: Mutex::default() })
            }
            Err(why) => {
                // The program starts anyway: many containers have the variable but not the socket.
                output.stderr(format!("graceful: cannot notify systemd at {}: {why}\n", address.display()));
                None
            }
        }
    }

    /// Spawns the tasks that notify systemd. Call it inside the supervisor's runtime.
    pub(crate) fn attend(self: &Arc<Self>, program: &'static Program, app: &Handle) {
        let here = Handle::current();
        let me = Arc::clone(self);
        spawn::task(&here, async move { me.socket.catch_up().await });
        let me = Arc::clone(self);
        spawn::task(&here, async move {
            let mut readiness = program.lifecycle.readiness.subscribe();
            // The sender is never dropped.
            while readiness.changed().await.is_ok() {
                me.tell(&program.lifecycle);
            }
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

    /// Sends what has not been sent yet. Never waits, and may be called on any thread.
    pub(crate) fn tell(&self, lifecycle: &Lifecycle) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let phase = lifecycle.phase();
        let was_ready = lifecycle.readiness.was_ready();
        let is_first = told.phase.is_none() && was_ready;
        if (is_first || phase == Phase::Running)
            && let Some(status) = status(lifecycle, was_ready)
        {
            self.tell_readiness(&mut told, is_first, status);
        }
        if phase == Phase::Running || told.phase >= Some(phase) {
            return;
        }
        let Some(shutdown) = lifecycle.shutdown() else { return };
        let stops = told.phase <= Some(Phase::Running);
        told.phase = Some(phase);
        self.stops(stops, phase, &shutdown.trigger);
    }

    fn tell_readiness(&self, told: &mut Told, is_first: bool, status: String) {
        if is_first {
            told.phase = Some(Phase::Running);
            self.socket.send(&[NotifyState::Ready, NotifyState::Status(&status)]);
        } else if told.status.as_ref() != Some(&status) {
            self.socket.send_latest(&NotifyState::Status(&status));
        }
        told.status = Some(status);
    }

    fn stops(&self, first: bool, phase: Phase, trigger: &Trigger) {
        let left = trigger.deadline.saturating_duration_since(Instant::now()).saturating_add(BEYOND);
        // The crate's own state is limited to 71 minutes.
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

    /// Pings the watchdog: before the shutdown as long as the application's runtime answers, and always during the shutdown,
    /// which the deadline ends.
    async fn feed(&self, lifecycle: &Lifecycle, app: &Handle, pause: Duration) {
        loop {
            // `None` is the trigger.
            if lifecycle.run_until_requested(spawn::answers(app)).await == Some(false) {
                return;
            }
            self.socket.send(&[NotifyState::Watchdog]);
            sleep(pause.max(MIN_PAUSE)).await;
        }
    }
}

/// The most characters of a status line. systemd discards messages of more than 4096 bytes.
const MAX_STATUS: usize = 500;

/// The status line before the shutdown. `None` for a program without parts that is not ready yet, and for one that has become
/// ready since `was_ready` was read: that is told next.
fn status(lifecycle: &Lifecycle, was_ready: bool) -> Option<String> {
    let Some(missing) = lifecycle.readiness.not_ready() else {
        return was_ready.then(|| in_words(Phase::Running).to_owned());
    };
    let begin = match was_ready {
        true => "not ready",
        false if missing.is_empty() => return None,
        false => "starting",
    };
    Some(format!("{begin}: {}", reasons(&missing)).chars().take(MAX_STATUS).collect())
}

/// The status line that `systemctl status` shows.
fn in_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Running => "running",
        Phase::LameDuck => "lame duck: not ready any more, still serving",
        Phase::Draining => "draining: finishing the work in flight",
        Phase::Teardown => "teardown: running the shutdown handlers",
        Phase::Stopped => "stopped: about to exit",
    }
}

/// The socket to systemd. Sending never waits.
///
/// `sd_notify::notify` waits when systemd's queue is full, and takes the name of an abstract socket for a path, so this sends
/// for itself. A message that does not fit into the queue waits here, in order, until the queue has room.
///
/// Connected once, at the start, so no file system is accessed later. systemd keeps its socket when it re-executes itself.
struct NotifySocket {
    socket: UnixDatagram,
    /// Each message once, so that watchdog pings do not pile up.
    waiting: Mutex<VecDeque<String>>,
    more: Notify,
}

impl NotifySocket {
    /// Connects to the socket with this name: a path, or an abstract name if it begins with `@`.
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

    /// Sends these states in one message: now, or after the messages that are waiting for room. Never waits.
    fn send(&self, states: &[NotifyState<'_>]) {
        let message: String = states.iter().map(|state| format!("{state}\n")).collect();
        self.send_or(message, |waiting, message| {
            if !waiting.contains(&message) {
                waiting.push_back(message);
            }
        });
    }

    /// Sends a state that may go back and forth, alone. Of those that wait for room only the latest stays. Never waits.
    fn send_latest(&self, state: &NotifyState<'_>) {
        self.send_or(format!("{state}\n"), |waiting, message| {
            // The first one may be on its way.
            let mut place = 0;
            waiting.retain(|other| {
                place += 1;
                place == 1 || !is_status(other)
            });
            waiting.push_back(message);
        });
    }

    /// Sends the message, or lets it wait for room.
    fn send_or(&self, message: String, wait: impl FnOnce(&mut VecDeque<String>, String)) {
        let mut waiting = self.waiting();
        if waiting.is_empty() && !is_full(&self.socket.send(message.as_bytes())) {
            return;
        }
        wait(&mut waiting, message);
        drop(waiting);
        self.more.notify_one();
    }

    /// Sends the waiting messages when the queue has room. Call it inside a runtime whose I/O driver is enabled.
    async fn catch_up(&self) {
        self.more.notified().await;
        // A second descriptor for the same socket. Most programs never need it.
        let patient = self.socket.try_clone().and_then(net::UnixDatagram::from_std);
        loop {
            while let Some(message) = self.next() {
                // A listener that is gone misses the message.
                if let Ok(patient) = &patient {
                    let _ = patient.send(message.as_bytes()).await;
                }
                // Only now, so that new messages wait after this one.
                self.waiting().pop_front();
            }
            self.more.notified().await;
        }
    }

    fn next(&self) -> Option<String> {
        self.waiting().front().cloned()
    }
}

/// Whether the message is a status line and nothing else.
fn is_status(message: &str) -> bool {
    message.starts_with("STATUS=") && message.matches('\n').count() == 1
}

fn is_full(sent: &io::Result<usize>) -> bool {
    sent.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}
