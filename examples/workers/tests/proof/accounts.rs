//! What the ledger says of each job.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use graceful_workers::Entry;

/// How often a job was begun, and how often done.
#[derive(Debug, Default, Clone, Copy)]
pub struct Account {
    pub begun: u32,
    pub executed: u32,
}

/// The accounts of the jobs `0..jobs`.
pub struct Accounts {
    jobs: BTreeMap<u32, Account>,
}

impl Accounts {
    /// Reads them. A job that no worker has seen has an account too: an empty one.
    #[track_caller]
    pub fn read(ledger: &Path, jobs: u32) -> Self {
        let mut accounts: BTreeMap<u32, Account> = (0..jobs).map(|job| (job, Account::default())).collect();
        for line in fs::read_to_string(ledger).unwrap_or_default().lines() {
            match line.parse().unwrap() {
                Entry::Begun(job) => accounts.entry(job).or_default().begun += 1,
                Entry::Executed(job) => accounts.entry(job).or_default().executed += 1,
            }
        }
        assert_eq!(accounts.len(), jobs as usize, "a job that nobody has sent");
        Self { jobs: accounts }
    }

    /// How many were done, at least once.
    pub fn executed(&self) -> usize {
        self.count(|account| account.executed > 0)
    }

    /// Never done.
    pub fn lost(&self) -> usize {
        self.count(|account| account.executed == 0)
    }

    /// Done more than once.
    pub fn repeated(&self) -> usize {
        self.count(|account| account.executed > 1)
    }

    /// Begun, at least once, and that time not brought to its end.
    pub fn interrupted(&self) -> usize {
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
