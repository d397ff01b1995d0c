//! Whether the machine itself stood still: then a process has missed its time without a fault of its own.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

const BEAT: Duration = Duration::from_millis(10);
/// Who waits so long for a processor is late for things that have a timeout.
const STALL: Duration = Duration::from_millis(100);

/// When this process should have run, and didn't.
pub(crate) struct Pulse(Mutex<Vec<(Instant, Instant)>>);

impl Pulse {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Takes it, on each processor, for as long as this process lives. One of them can stand still while the others run:
    /// a virtual one, when its host is busy.
    pub(crate) fn begin(&'static self) {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        for processor in 0..processors {
            thread::spawn(move || {
                stay_on(processor);
                self.beat();
            });
        }
    }

    fn beat(&self) {
        loop {
            let before = Instant::now();
            thread::sleep(BEAT);
            if before.elapsed() > BEAT + STALL {
                self.0.lock().expect("no panic").push((before, Instant::now()));
            }
        }
    }

    /// Whether the machine stood still at any time since.
    pub(crate) fn stalled_since(&self, since: Instant) -> bool {
        // A stall that lasts is known one beat later.
        thread::sleep(2 * BEAT);
        self.0.lock().expect("no panic").iter().any(|(_, end)| *end >= since)
    }
}

#[cfg(target_os = "linux")]
fn stay_on(processor: usize) {
    use nix::sched::{CpuSet, sched_setaffinity};
    use nix::unistd::Pid;

    let mut only = CpuSet::new();
    // Where it isn't allowed, the pulse is taken wherever it beats.
    let _ = only.set(processor).and_then(|()| sched_setaffinity(Pid::from_raw(0), &only));
}

#[cfg(not(target_os = "linux"))]
fn stay_on(_processor: usize) {}
