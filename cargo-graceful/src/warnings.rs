//! Warnings, which do not stop the command.

/// The first warnings, and the number of the others.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    shown: Vec<String>,
    more: usize,
}

impl Warnings {
    const MAX_SHOWN: usize = 8;

    pub(crate) fn add(&mut self, warning: impl FnOnce() -> String) {
        if self.shown.len() < Self::MAX_SHOWN {
            self.shown.push(warning());
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        let mut lines = self.shown;
        if self.more > 0 {
            lines.push(format!("… and {} more", self.more));
        }
        lines
    }
}
