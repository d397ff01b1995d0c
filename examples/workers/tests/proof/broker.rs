//! What the proof has to know of a broker.

use graceful_process_tests::{Ended, Program};
use graceful_workers::Job;

/// One that runs, with nothing but the jobs of one proof.
pub(crate) trait Broker {
    /// Time to drain that is too little for a job of 1.5 s, and not so little that its worker can't do anything.
    const TOO_LITTLE: &str = "1200ms";

    /// What a worker says when it finds that it can't take a job from here.
    const MISSED: &str;
    /// And that it can't say what came of one.
    const UNHEARD: &str;

    /// The worker with graceful, on its way to this broker. It takes `--send N`, `--dead-after S` and `--ledger FILE`, and
    /// says `working` when it does.
    fn worker(&self) -> Program;

    /// The same without.
    fn plain_worker(&self) -> Program;

    /// Sends a job, to which a worker has been before.
    fn send(&self, job: Job);

    /// How many jobs it has that nobody has said to be done.
    fn left(&self) -> usize;

    /// Of how many jobs this worker has said that nobody has heard what came of them.
    fn unheard(ended: &Ended) -> usize;

    /// From now on it doesn't answer.
    fn leave(&mut self);

    /// Now it does again, and knows all that it knew.
    fn come_back(&mut self);
}

/// That of `11_worker`: it names them.
pub(crate) fn abandoned(ended: &Ended) -> usize {
    ended.stdout.iter().filter(|line| line.contains("is abandoned: ")).count()
}
