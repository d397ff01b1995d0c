//! Workers that are replaced while they work.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use graceful_process_tests::place::Directory;
use graceful_process_tests::{Ended, Program, Running, Signal};
use graceful_workers::Entry;

use crate::accounts::{self, Accounts};
use crate::broker::Broker;

/// Longer than all jobs take, also on a busy machine; and less than a broker takes by default to find out by itself that a
/// worker is gone.
const PATIENCE: Duration = Duration::from_secs(50);

/// So many jobs, and the ledger in which the workers of a proof note what they do.
pub(crate) struct Rollout<B> {
    pub(crate) broker: B,
    pub(crate) jobs: u32,
    directory: Directory,
}

/// When a worker is replaced, and how.
pub(crate) enum Replace {
    /// By SIGTERM, each time that so many were begun.
    Terminate(u32),
    /// By SIGKILL, at moments that this number makes.
    Kill(u64),
}

impl<B: Broker> Rollout<B> {
    pub(crate) fn new(broker: B, jobs: u32) -> Self {
        Self { broker, jobs, directory: Directory::create() }
    }

    pub(crate) fn accounts(&self) -> Accounts {
        Accounts::read(&self.ledger(), self.jobs)
    }

    /// What its workers have noted, one by one.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        accounts::entries(&self.ledger())
    }

    fn ledger(&self) -> PathBuf {
        self.directory.file("ledger").into()
    }

    /// Starts a worker, which is at work when this returns.
    pub(crate) fn start(&self, program: Program) -> Running {
        let running = program.arg("--ledger").arg(&self.directory.file("ledger")).env("GRACEFUL_PROBES", "off").start();
        running.wait_for("working");
        running
    }

    /// The same, and it sends all the jobs before.
    pub(crate) fn start_and_send(&self, program: Program) -> Running {
        self.start(program.arg("--send").arg(&self.jobs.to_string()))
    }

    /// Waits until the ledger says so.
    #[track_caller]
    pub(crate) fn wait(&self, mut enough: impl FnMut(&Accounts) -> bool) {
        const PAUSE: Duration = Duration::from_millis(10);

        let end = Instant::now() + PATIENCE;
        while !enough(&self.accounts()) {
            assert!(Instant::now() < end, "{}; {} are left to the broker", self.accounts(), self.broker.left());
            thread::sleep(PAUSE);
        }
    }

    /// Replaces the worker again and again, until so many jobs are done: what was left of each, and the last.
    #[track_caller]
    pub(crate) fn replace(
        &self,
        program: impl Fn(&B) -> Program,
        mut how: Replace,
        until: usize,
    ) -> (Vec<Ended>, Running) {
        let mut ended = Vec::new();
        let mut running = self.start_and_send(program(&self.broker));
        loop {
            let begun = self.accounts().begun() + how.next();
            self.wait(|accounts| accounts.executed() >= until || accounts.begun() >= begun);
            if self.accounts().executed() >= until {
                return (ended, running);
            }
            // As in a rollout: first the new one, then the end of the old one.
            let new = self.start(program(&self.broker));
            running.signal(how.signal());
            ended.push(running.end());
            running = new;
        }
    }

    /// Lets a worker do the rest, until the ledger and the broker say that all is done.
    #[track_caller]
    pub(crate) fn finish(&self, mut running: Running) -> Ended {
        self.wait(|accounts| accounts.executed() == self.jobs as usize && self.broker.left() == 0);
        running.signal(Signal::SIGTERM);
        running.end()
    }
}

impl Replace {
    /// After how many.
    fn next(&mut self) -> u32 {
        match self {
            Self::Terminate(begun) => *begun,
            Self::Kill(state) => {
                // The generator of Knuth's MMIX.
                *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                20 + u32::try_from((*state >> 33) % 200).expect("less than 200")
            }
        }
    }

    fn signal(&self) -> Signal {
        match self {
            Self::Terminate(_) => Signal::SIGTERM,
            Self::Kill(_) => Signal::SIGKILL,
        }
    }
}
