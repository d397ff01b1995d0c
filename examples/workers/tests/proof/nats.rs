//! Jobs in NATS JetStream.

use std::net::SocketAddr;

use async_nats::jetstream;
use graceful_process_tests::installed::{find, say};
use graceful_process_tests::place::{Directory, free_address};
use graceful_process_tests::{Ended, Program, Running, Signal};
use graceful_workers::Job;
use tokio::runtime;

use crate::broker::Broker;
use crate::cases;
use crate::jobs::job;
use crate::rollout::{Replace, Rollout};

/// Seconds that no case takes: what comes again has been given back.
const NEVER: &str = "600";
/// A job that takes 1.5 s.
const LONG: u32 = 63;

/// A server of one's own, with its files.
pub(crate) struct Nats {
    path: String,
    address: SocketAddr,
    directory: Directory,
    absence: Absence,
    /// It is killed when this is dropped.
    running: Option<Running>,
}

/// What it is to be away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The process has ended.
    Ended,
    /// It keeps its connections, and says nothing.
    Hangs,
}

impl Nats {
    /// `None` when it isn't installed.
    pub(crate) fn start(absence: Absence) -> Option<Self> {
        let path = find("nats-server")?.into_os_string().into_string().expect("a path in UTF-8");
        let mut nats = Self { path, address: free_address(), directory: Directory::create(), absence, running: None };
        nats.run();
        Some(nats)
    }

    fn run(&mut self) {
        let (address, port) = (self.address.ip().to_string(), self.address.port().to_string());
        let program = Program::new(&self.path).arg("--jetstream").arg("--addr").arg(&address).arg("--port").arg(&port);
        let running = program.arg("--store_dir").arg(&self.directory.file("store")).start();
        running.wait_for_stderr("Server is ready");
        self.running = Some(running);
    }

    fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    fn jetstream<T>(&self, ask: impl AsyncFnOnce(jetstream::Context) -> T) -> T {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { ask(jetstream::new(async_nats::connect(self.url()).await.unwrap())).await })
    }

    /// Sends what may be a job.
    fn send_raw(&self, payload: Vec<u8>) {
        self.jetstream(async |jetstream| jetstream.publish("jobs", payload.into()).await.unwrap().await.unwrap());
    }

    fn program(&self, path: &str) -> Program {
        // Few at once, so that there is time for many workers.
        Program::new(path).arg("--server").arg(&self.url()).arg("--dead-after").arg(NEVER).arg("--at-once").arg("3")
    }
}

impl Broker for Nats {
    // Jobs are interrupted at the end of it, and given back behind it.
    const TOO_LITTLE: &str = "300ms";
    const MISSED: &str = "no job can be taken";
    const UNHEARD: &str = "NATS has not confirmed an answer";

    fn worker(&self) -> Program {
        self.program(env!("CARGO_BIN_EXE_12_nats"))
    }

    fn plain_worker(&self) -> Program {
        self.program(env!("CARGO_BIN_EXE_12_nats_plain"))
    }

    fn send(&self, job: Job) {
        self.send_raw(serde_json::to_vec(&job).unwrap());
    }

    fn left(&self) -> usize {
        let messages =
            self.jetstream(async |jetstream| jetstream.get_stream("jobs").await.unwrap().cached_info().state.messages);
        usize::try_from(messages).unwrap()
    }

    fn unheard(ended: &Ended) -> usize {
        let count = |line: &String| line.split_once("what became of ")?.1.split(' ').next()?.parse().ok();
        ended.stdout.iter().find_map(count).unwrap_or_default()
    }

    fn leave(&mut self) {
        match self.absence {
            Absence::Ended => {
                let mut running = self.running.take().expect("a server that runs");
                running.signal(Signal::SIGTERM);
                let _ = running.end();
            }
            Absence::Hangs => self.running.as_mut().expect("a server that runs").signal(Signal::SIGSTOP),
        }
    }

    fn come_back(&mut self) {
        match self.absence {
            Absence::Ended => self.run(),
            Absence::Hangs => self.running.as_mut().expect("a server that runs").signal(Signal::SIGCONT),
        }
    }
}

#[test]
fn with_enough_time_each_job_is_done_once() {
    let Some(nats) = Nats::start(Absence::Ended) else { return };
    cases::with_enough_time_each_job_is_done_once("NATS", nats);
}

/// Nobody is taken for dead: so those that were interrupted have been given back.
#[test]
fn with_too_little_time_none_is_lost() {
    let Some(nats) = Nats::start(Absence::Ended) else { return };
    cases::with_too_little_time_none_is_lost("NATS", nats);
}

#[test]
fn killed_at_any_moment_none_is_lost() {
    let Some(nats) = Nats::start(Absence::Ended) else { return };
    cases::killed_at_any_moment_none_is_lost("NATS", nats, 1);
}

/// As in `away::a_broker_that_comes_back_hears_what_was_done`, but it forgets some of the last acknowledgements when it ends,
/// also of those that it has confirmed.
#[test]
fn a_broker_that_is_started_again_loses_none() {
    let Some(nats) = Nats::start(Absence::Ended) else { return };
    let mut rollout = Rollout::new(nats, 100);
    let mut worker = rollout.start_and_send(rollout.broker.worker());
    rollout.wait(|accounts| accounts.is_in_hand(LONG));
    worker.signal(Signal::SIGTERM);
    worker.wait_for_stdout("draining for");
    rollout.broker.leave();
    rollout.wait(|accounts| accounts.interrupted() == 0);
    rollout.broker.come_back();
    worker.end().exits_with(0);

    let worker = rollout.broker.worker().arg("--dead-after").arg("2");
    let ended = rollout.finish(rollout.start(worker));
    let accounts = rollout.accounts();
    say(format_args!("NATS, ended in the drain and back: {accounts}"));
    assert_eq!((accounts.lost(), accounts.interrupted()), (0, 0), "{accounts}\n{ended}");
}

/// How many jobs are done, or interrupted, and NATS doesn't know.
#[test]
fn the_log_says_how_many_the_broker_has_not_heard_of() {
    let Some(nats) = Nats::start(Absence::Ended) else { return };
    let mut rollout = Rollout::new(nats, 100);
    let worker = rollout.broker.worker().grace_period("9s").drain_timeout("1s");
    let mut worker = rollout.start_and_send(worker);
    rollout.wait(|accounts| accounts.is_in_hand(LONG));
    rollout.broker.leave();
    worker.signal(Signal::SIGTERM);
    let ended = worker.end();
    assert!(Nats::unheard(&ended) > 0, "{ended}");
}

/// It tells NATS that it is at work.
#[test]
fn a_job_may_be_longer_than_a_worker_may_be_silent() {
    let Some(nats) = Nats::start(Absence::Ended) else { return };
    let rollout = Rollout::new(nats, 1);
    let worker = rollout.start(rollout.broker.worker().arg("--dead-after").arg("2"));
    rollout.broker.send(job(0, 1, 5000));
    let _ = rollout.finish(worker);
    // Else it would have come again, to this worker too.
    assert_eq!(rollout.accounts().begun(), 1);
}

#[test]
fn a_job_that_panics_is_tried_again() {
    let Some(nats) = Nats::start(Absence::Ended) else { return };
    let rollout = Rollout::new(nats, 1);
    let worker = rollout.start(rollout.broker.worker());
    rollout.broker.send(Job { failures: 1, panics: true, ..job(0, 1, 1) });
    let ended = rollout.finish(worker);
    ended.stderr_has("job 0 is made so");
    assert_eq!(rollout.accounts().executed(), 1);
}

/// It may be a job of a newer release.
#[test]
fn what_cannot_be_read_stays_in_the_stream_and_keeps_nobody() {
    let Some(nats) = Nats::start(Absence::Ended) else { return };
    let rollout = Rollout::new(nats, 1);
    let mut worker = rollout.start(rollout.broker.worker().arg("--at-once").arg("1"));
    rollout.broker.send_raw(b"{}".to_vec());
    worker.wait_for_stdout("message 1 of the stream cannot be read, again in 1.");
    rollout.broker.send(job(0, 1, 1));
    worker.wait_for_stdout("message 1 of the stream cannot be read, again in 2.");
    rollout.wait(|accounts| accounts.executed() == 1 && rollout.broker.left() == 1);
    worker.signal(Signal::SIGTERM);
    worker.end().exits_with(0);
}

#[test]
fn without_graceful_some_are_interrupted() {
    let Some(nats) = Nats::start(Absence::Ended) else { return };
    let rollout = Rollout::new(nats, 300);
    let worker = |nats: &Nats| nats.plain_worker().arg("--dead-after").arg("2");
    let (mut ended, mut last) = rollout.replace(worker, Replace::Terminate(60), 300);
    last.signal(Signal::SIGTERM);
    ended.push(last.end());
    let accounts = rollout.accounts();
    say(format_args!("NATS, SIGTERM without graceful: {accounts}; {} workers", ended.len()));
    assert!(accounts.interrupted() > 0, "{accounts}");
}

#[test]
fn a_worker_is_ready_while_its_broker_is_there() {
    let Some(nats) = Nats::start(Absence::Hangs) else { return };
    cases::a_worker_is_ready_while_its_broker_is_there(nats, Nats::leave, Nats::come_back);
}
