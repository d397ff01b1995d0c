//! What is worth a word, but no reason to stop.

/// The first of them in words, of the others only how many.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    shown: Vec<String>,
    more: usize,
}

impl Warnings {
    const MOST: usize = 8;

    pub(crate) fn add(&mut self, warning: impl FnOnce() -> String) {
        if self.shown.len() < Self::MOST {
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
