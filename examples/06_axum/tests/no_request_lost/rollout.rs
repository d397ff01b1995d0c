//! Each server is replaced by a new one, while the load goes on.

use std::collections::VecDeque;
use std::fmt;

use graceful_process_tests::Ended;
use graceful_process_tests::place::free_address;

use crate::balancer::Balancer;
use crate::installed::Installed;
use crate::instance::Service;
use crate::load::{Counted, Load};

pub(crate) struct Rollout {
    pub(crate) service: Service,
    pub(crate) load: Load,
    /// How often each server is replaced.
    pub(crate) rounds: usize,
}

/// What became of the requests.
pub(crate) struct Outcome {
    pub(crate) counted: Counted,
    /// How many of the slow ones were finished after the lame duck.
    pub(crate) in_drain: usize,
    /// What the load balancer says.
    pub(crate) log: Ended,
}

impl Rollout {
    #[track_caller]
    pub(crate) fn run(&self, installed: &Installed) -> Outcome {
        let addresses = [free_address(), free_address()];
        let mut servers: VecDeque<_> = addresses.map(|address| self.service.start(address)).into();
        let balancer = Balancer::start(&installed.haproxy, &addresses, self.load.connections());
        let load = self.load.start(installed, balancer.address);
        let mut in_drain = 0;
        for number in [0, 1] {
            balancer.wait(number, |server| server.answered() > 0);
        }
        for number in [0, 1].repeat(self.rounds) {
            let old = servers.pop_front().expect("two servers");
            in_drain += finished_in_drain(&old.terminate());
            balancer.wait(number, |server| server.is_down());

            // On the same port, which is free again.
            servers.push_back(self.service.start(addresses[number]));
            let before = balancer.statistics(number).answered();
            balancer.wait(number, |server| server.is_up() && server.answered() > before);
        }
        let counted = load.stop();
        assert_eq!(balancer.total().retried(), 0, "the load balancer hides what is lost");
        Outcome { counted, in_drain, log: balancer.stop() }
    }
}

fn finished_in_drain(ended: &Ended) -> usize {
    let lines = ended.stdout.iter().skip_while(|line| !line.contains("draining"));
    lines.filter(|line| *line == "slow request finished").count()
}

impl Outcome {
    pub(crate) fn lost(&self) -> u64 {
        self.counted.refused + self.counted.broken
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counted { requests, refused, broken } = self.counted;
        write!(f, "of {requests} requests {refused} were refused and {broken} broken")?;
        match self.in_drain {
            0 => Ok(()),
            count => write!(f, ", {count} were finished in the drain"),
        }
    }
}
