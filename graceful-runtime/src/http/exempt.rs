//! The paths that are let through.

use std::sync::Arc;

use crate::probe;

/// A set of paths that tells most others apart by their length.
#[derive(Debug, Clone)]
pub(super) struct Exempt {
    /// Bit `n` is set when a path of `n` bytes, modulo 64, is in the set.
    lengths: u64,
    /// Beside the probes' paths. Not there in most programs, so that cloning the service touches nothing shared.
    more: Option<Arc<[Box<str>]>>,
}

impl Exempt {
    pub(super) fn probes() -> Self {
        Self { lengths: probe::PATHS.iter().fold(0, |lengths, path| lengths | bit(path)), more: None }
    }

    pub(super) fn and(self, path: Box<str>) -> Self {
        let lengths = self.lengths | bit(&path);
        let more = self.more.iter().flat_map(|paths| paths.iter().cloned()).chain([path]).collect();
        Self { lengths, more: Some(more) }
    }

    #[inline]
    pub(super) fn contains(&self, path: &str) -> bool {
        self.lengths & bit(path) != 0 && self.look_up(path)
    }

    fn look_up(&self, path: &str) -> bool {
        probe::PATHS.contains(&path) || self.more.iter().flat_map(|paths| paths.iter()).any(|more| **more == *path)
    }
}

#[inline]
fn bit(path: &str) -> u64 {
    1 << (path.len() % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probes_are_exempt_and_nothing_else() {
        let exempt = Exempt::probes();
        for path in ["/health", "/ready", "/livez", "/readyz"] {
            assert!(exempt.contains(path), "{path}");
        }
        for path in ["", "/", "/Ready", "/ready/", "/orders", "/healthz", "/health/x"] {
            assert!(!exempt.contains(path), "{path}");
        }
    }

    #[test]
    fn more_can_be_added_of_any_length() {
        let long = format!("/{}", "x".repeat(99));
        let exempt = Exempt::probes().and("/metrics".into()).and(long.as_str().into());
        for path in ["/ready", "/metrics", &long] {
            assert!(exempt.contains(path), "{path}");
        }
        for path in ["/metric", "/metricz", &long[..36], &long[..99], &format!("/{}", "y".repeat(99))] {
            assert!(!exempt.contains(path), "{path}");
        }
    }
}
