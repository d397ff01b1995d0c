//! What the ledger says of each job.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use graceful_workers::Entry;

/// How often a job was begun, and how often done.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Account {
    pub(crate) begun: u32,
    pub(crate) executed: u32,
}

/// What stands in a ledger, one by one.
pub(crate) fn entries(ledger: &Path) -> Vec<Entry> {
    let text = fs::read_to_string(ledger).unwrap_or_default();
    // What has no end yet is still being written.
    let (whole, _) = text.rsplit_once('\n').unwrap_or_default();
    whole.lines().map(|line| line.parse().unwrap()).collect()
}

/// The accounts of the jobs `0..jobs`.
pub(crate) struct Accounts {
    jobs: BTreeMap<u32, Account>,
}

impl Accounts {
    /// Reads them. A job that no worker has seen has an account too: an empty one.
    #[track_caller]
    pub(crate) fn read(ledger: &Path, jobs: u32) -> Self {
        let mut accounts: BTreeMap<u32, Account> = (0..jobs).map(|job| (job, Account::default())).collect();
        for entry in entries(ledger) {
            match entry {
                Entry::Begun(job) => accounts.entry(job).or_default().begun += 1,
                Entry::Executed(job) => accounts.entry(job).or_default().executed += 1,
            }
        }
        assert_eq!(accounts.len(), jobs as usize, "a job that nobody has sent");
        Self { jobs: accounts }
    }

    /// How often a job was begun so far.
    pub(crate) fn begun(&self) -> u32 {
        self.jobs.values().map(|account| account.begun).sum()
    }

    /// Whether this one was begun and is not done yet.
    pub(crate) fn is_in_hand(&self, job: u32) -> bool {
        self.jobs.get(&job).is_some_and(|account| account.begun > account.executed)
    }

    /// How many were done, at least once.
    pub(crate) fn executed(&self) -> usize {
        self.count(|account| account.executed > 0)
    }

    /// Never done.
    pub(crate) fn lost(&self) -> usize {
        self.count(|account| account.executed == 0)
    }

    /// Done more than once.
    pub(crate) fn repeated(&self) -> usize {
        self.count(|account| account.executed > 1)
    }

    /// Begun, at least once, and that time not brought to its end.
    pub(crate) fn interrupted(&self) -> usize {
        self.count(|account| account.begun > account.executed)
    }

    fn count(&self, of: impl Fn(&Account) -> bool) -> usize {
        self.jobs.values().filter(|account| of(account)).count()
    }
}

impl fmt::Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} jobs: {} executed, {} lost, {} repeated, {} interrupted",
            self.jobs.len(),
            self.executed(),
            self.lost(),
            self.repeated(),
            self.interrupted()
        )
    }
}
