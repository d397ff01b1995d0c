//! A book of what was done, apart from every queue: so that it can be held against them.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

/// One line of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entry {
    /// The job of this number was begun.
    Begun(u32),
    /// And done.
    Executed(u32),
}

/// A file to which several workers append. Each entry is one write, so even `kill -9` leaves no half of one, and no two
/// are mixed.
#[derive(Debug)]
pub struct Ledger {
    file: File,
}

impl Ledger {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    ///
    /// As the system's, with the file: no permission, no such folder.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, String> {
        let path = path.as_ref();
        let file = OpenOptions::new().append(true).create(true).open(path);
        Ok(Self { file: file.map_err(|error| format!("no ledger {}: {error}", path.display()))? })
    }

    /// Appends one entry.
    ///
    /// # Errors
    ///
    /// As the system's: the disk is full.
    pub fn note(&self, entry: Entry) -> io::Result<()> {
        (&self.file).write_all(format!("{entry}\n").as_bytes())
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begun(job) => write!(f, "begun {job}"),
            Self::Executed(job) => write!(f, "executed {job}"),
        }
    }
}

impl FromStr for Entry {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let entry = match line.split_once(' ') {
            Some(("begun", job)) => job.parse().map(Self::Begun),
            Some(("executed", job)) => job.parse().map(Self::Executed),
            _ => return Err(format!("not an entry: `{line}`")),
        };
        entry.map_err(|error| format!("not an entry: `{line}`: {error}"))
    }
}
