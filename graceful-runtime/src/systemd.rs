//! What systemd is told by a service of `Type=notify`: that it is ready, that it stops, in which phase it is and how
//! long it may take, and, for its watchdog, that the application's runtime still runs.

mod notify_socket;

use std::env;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use graceful_core::Phase;
use sd_notify::NotifyState;
use tokio::runtime::Handle;
use tokio::time::sleep;

use self::notify_socket::NotifySocket;
use crate::heartbeat::beat;
use crate::lifecycle::Lifecycle;
use crate::output::Output;
use crate::program::Program;
use crate::trigger::Trigger;

/// The variable that names systemd's socket.
const SOCKET: &str = "NOTIFY_SOCKET";

/// What systemd waits beyond the deadline, so that it is the deadline's guard that ends the process, with its words.
const BEYOND: Duration = Duration::from_secs(1);

/// No timer is finer.
const MIN_PAUSE: Duration = Duration::from_millis(1);

pub(crate) struct Systemd {
    line: NotifySocket,
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
            Ok(line) => {
                let watchdog = sd_notify::watchdog_enabled().filter(|timeout| !timeout.is_zero());
                Some(Self { line, watchdog, told: Mutex::new(None) })
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
        let me = Arc::clone(self);
        tokio::spawn(async move { me.line.catch_up().await });
        let me = Arc::clone(self);
        tokio::spawn(async move {
            program.lifecycle.becomes_ready().await;
            me.tell(&program.lifecycle);
        });
        let me = Arc::clone(self);
        tokio::spawn(async move {
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
            tokio::spawn(async move { me.feed(&program.lifecycle, &app, timeout / 2).await });
        }
    }

    /// Tells what has not been told yet. Never waits; from any thread.
    pub(crate) fn tell(&self, lifecycle: &Lifecycle) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let phase = lifecycle.phase();
        if told.is_none() && lifecycle.was_ready() {
            self.line.send(&[NotifyState::Ready, NotifyState::Status(in_words(Phase::Running))]);
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
        self.line.send(&states);
    }

    /// Keeps the watchdog quiet: before the shutdown as long as the application's runtime answers, from then on in any
    /// case, since the deadline sees to it that there is an end.
    async fn feed(&self, lifecycle: &Lifecycle, app: &Handle, pause: Duration) {
        loop {
            // `None` is the trigger.
            if lifecycle.run_until_requested(beat(app)).await == Some(false) {
                return;
            }
            self.line.send(&[NotifyState::Watchdog]);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::in_flight::Work;
    use crate::trigger::Reason;

    fn lifecycle() -> Lifecycle {
        Lifecycle::new(Work::leaked(), Instant::now)
    }

    #[test]
    fn what_gets_ready_when_it_is_over_was_never_ready() {
        let lifecycle = lifecycle();
        lifecycle.begin(Reason::Requested);
        lifecycle.set_ready();
        assert!(!lifecycle.was_ready());
    }

    #[test]
    fn what_was_ready_was_it_in_the_end_too() {
        let lifecycle = lifecycle();
        lifecycle.set_ready();
        lifecycle.begin(Reason::Requested);
        assert!(lifecycle.was_ready() && !lifecycle.is_ready());
    }
}
