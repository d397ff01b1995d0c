//! A kubelet, as far as one pod needs it: it starts the program, probes it, and ends it by the rules of Kubernetes.
//!
//! All of its times are those of the manifest, and real.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use graceful_process_tests::{Ended, Running, Signal};

use crate::endpoints::Endpoints;
use crate::pod::{Pod, Ports};
use crate::probe::{Asked, Asking, Kind, Probe};

/// A program gets at least this long after the signal, whatever preStop took.
const LEAST: Duration = Duration::from_secs(2);

/// Longer than the next outcome of any probe takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Kubelet {
    pod: Pod,
    ports: Ports,
    running: Running,
    startup: Option<Asking>,
    liveness: Option<Asking>,
    readiness: Option<Asking>,
    tell: Sender<Asked>,
    told: Receiver<Asked>,
    asked: Vec<Asked>,
}

/// How a pod ended.
pub(crate) struct End {
    /// When that began: the deletion, or the failure of a probe.
    pub(crate) begun: Instant,
    pub(crate) ended: Ended,
    /// From the signal to SIGKILL.
    pub(crate) left: Duration,
    /// Of that; `None` when it took SIGKILL.
    pub(crate) to_spare: Option<Duration>,
    /// All that was asked of its probes.
    pub(crate) asked: Vec<Asked>,
}

impl Kubelet {
    /// Starts the pod's only container.
    pub(crate) fn start(pod: Pod, binary: &str) -> Self {
        let (program, ports) = pod.program(binary);
        let (tell, told) = mpsc::channel();
        let running = program.start();
        let mut kubelet =
            Self { pod, ports, running, startup: None, liveness: None, readiness: None, tell, told, asked: Vec::new() };
        kubelet.startup = kubelet.asking(Kind::Startup);
        if kubelet.startup.is_none() {
            kubelet.ask_from_now_on();
        }
        kubelet
    }

    /// The endpoints of the service, once the pod is in them.
    pub(crate) fn endpoints(&self) -> Arc<Endpoints> {
        let port = self.probe(Kind::Readiness).expect("a readiness probe").port;
        Arc::new(Endpoints::of(self.address(port)))
    }

    fn address(&self, port: u16) -> SocketAddr {
        *self.ports.get(&port).unwrap_or_else(|| panic!("no argument has the program listen on port {port}"))
    }

    fn probe(&self, kind: Kind) -> Option<Probe> {
        match kind {
            Kind::Startup => self.pod.startup_probe(),
            Kind::Readiness => self.pod.readiness_probe(),
            Kind::Liveness => self.pod.liveness_probe(),
        }
    }

    fn asking(&self, kind: Kind) -> Option<Asking> {
        let probe = self.probe(kind)?;
        let address = self.address(probe.port);
        Some(Asking::start(kind, probe, address, self.tell.clone()))
    }

    /// When it has started.
    fn ask_from_now_on(&mut self) {
        self.readiness = self.asking(Kind::Readiness);
        self.liveness = self.asking(Kind::Liveness);
    }

    /// Takes note of the next outcome.
    #[track_caller]
    fn hear(&mut self) -> Asked {
        let asked = self.told.recv_timeout(PATIENCE).expect("an outcome of some probe");
        self.asked.push(asked);
        if asked.kind == Kind::Startup && asked.outcome.is_success() && self.startup.take().is_some() {
            self.ask_from_now_on();
        }
        asked
    }

    /// Whether the last outcomes of a probe would have the container ended.
    fn has_failed(&self, kind: Kind) -> bool {
        let Some(probe) = self.probe(kind) else { return false };
        let of_this = self.asked.iter().rev().filter(|asked| asked.kind == kind);
        of_this.take_while(|asked| !asked.outcome.is_success()).count() >= probe.failure_threshold
    }

    /// Waits until this probe has succeeded.
    ///
    /// # Panics
    ///
    /// When one fails so often that the container would be ended.
    #[track_caller]
    pub(crate) fn succeeds(&mut self, kind: Kind) {
        while !self.asked.iter().any(|asked| asked.kind == kind && asked.outcome.is_success()) {
            self.hear();
            for deadly in [Kind::Startup, Kind::Liveness] {
                assert!(!self.has_failed(deadly), "{deadly:?} fails: {:?}", self.asked);
            }
        }
    }

    /// Sends a signal that is none of the kubelet's.
    pub(crate) fn disturb(&mut self, signal: Signal) {
        self.running.signal(signal);
    }

    /// Ends the container when its liveness probe has failed as often as it may.
    #[track_caller]
    pub(crate) fn ends_what_is_not_alive(mut self) -> End {
        while !self.has_failed(Kind::Liveness) {
            self.hear();
        }
        let granted = self.probe(Kind::Liveness).and_then(|probe| probe.granted);
        let granted = granted.unwrap_or_else(|| self.pod.granted());
        self.end(granted)
    }

    /// The deletion of the pod: the endpoints hear of it, and here it is ended.
    #[track_caller]
    pub(crate) fn delete(self, endpoints: &Endpoints) -> End {
        let granted = self.pod.granted();
        endpoints.remove();
        self.end(granted)
    }

    /// preStop, the signal, SIGKILL: on one clock. Liveness isn't asked any more, readiness is.
    #[track_caller]
    fn end(mut self, granted: Duration) -> End {
        let begun = Instant::now();
        (self.startup, self.liveness) = (None, None);
        thread::sleep(self.pod.pre_stop().min(granted));
        // In whole seconds.
        let used = Duration::from_secs(begun.elapsed().as_secs());
        let left = granted.saturating_sub(used).max(LEAST);
        let kill_at = Instant::now() + left;
        self.running.signal(self.pod.stop_signal());
        let by_itself = self.running.ends_within(kill_at.saturating_duration_since(Instant::now())).is_some();
        let to_spare = by_itself.then(|| kill_at.saturating_duration_since(Instant::now()));
        if !by_itself {
            self.running.signal(Signal::SIGKILL);
        }
        let ended = self.running.end();
        drop((self.readiness, self.tell));
        self.asked.extend(self.told);
        End { begun, ended, left, to_spare, asked: self.asked }
    }
}

impl End {
    /// What became of asking whether it is ready, from the deletion on.
    pub(crate) fn readiness_after_its_begin(&self) -> impl Iterator<Item = Asked> {
        self.asked.iter().copied().filter(|asked| asked.kind == Kind::Readiness && asked.at >= self.begun)
    }
}
