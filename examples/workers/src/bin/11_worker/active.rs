//! The jobs that are in hand.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Their numbers.
#[derive(Clone, Default)]
pub(crate) struct Active(Arc<Mutex<BTreeSet<u32>>>);

/// One of them, until it is dropped.
pub(crate) struct Entry {
    number: u32,
    active: Active,
}

impl Active {
    pub(crate) fn enter(&self, number: u32) -> Entry {
        self.numbers().insert(number);
        Entry { number, active: self.clone() }
    }

    fn numbers(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.active.numbers().remove(&self.number);
    }
}

impl fmt::Display for Active {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = self.numbers();
        write!(f, "{} active", numbers.len())?;
        for (position, number) in numbers.iter().enumerate() {
            write!(f, "{} {number}", if position == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}
