//! What a person at a terminal sees while long input is read.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

/// How often the line is written, and how long reading takes before the first.
const INTERVAL: Duration = Duration::from_millis(500);

/// Erases the line, and moves the cursor to its start.
const ERASE: &str = "\r\x1b[2K";

/// Counts what is read, and writes the count to a terminal.
pub(crate) struct Progress<'a> {
    terminal: Option<&'a mut dyn Write>,
    last: Instant,
    bytes: u64,
    is_shown: bool,
}

impl<'a> Progress<'a> {
    /// Without a terminal nothing is written.
    pub(crate) fn new(terminal: Option<&'a mut dyn Write>) -> Self {
        Self { terminal, last: Instant::now(), bytes: 0, is_shown: false }
    }

    /// A reader that counts.
    pub(crate) fn of<R: Read>(&mut self, from: R) -> Counted<'_, 'a, R> {
        Counted { progress: self, from }
    }

    fn add(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if self.last.elapsed() < INTERVAL {
            return;
        }
        self.last = Instant::now();
        if let Some(terminal) = &mut self.terminal {
            let tenths = (self.bytes * 10) >> 20;
            let _ = write!(terminal, "{ERASE}reading: {}.{} MiB", tenths / 10, tenths % 10);
            let _ = terminal.flush();
            self.is_shown = true;
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Some(terminal) = self.terminal.as_mut().filter(|_| self.is_shown) {
            let _ = write!(terminal, "{ERASE}");
        }
    }
}

/// A reader whose bytes are counted.
pub(crate) struct Counted<'p, 'a, R> {
    progress: &'p mut Progress<'a>,
    from: R,
}

impl<R: Read> Read for Counted<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.progress.add(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(after: Duration) -> String {
        let mut terminal = Vec::new();
        let mut progress = Progress::new(Some(&mut terminal));
        progress.last = progress.last.checked_sub(after).expect("the clock began earlier");
        io::copy(&mut progress.of(io::repeat(b'x').take(3 << 19)), &mut io::sink()).expect("nothing fails");
        drop(progress);
        String::from_utf8(terminal).expect("text")
    }

    #[test]
    fn only_what_takes_long_is_shown() {
        assert_eq!(shown(Duration::ZERO), "");
        let shown = shown(INTERVAL);
        assert!(shown.starts_with("\r\x1b[2Kreading: 0.0 MiB") && shown.ends_with(ERASE), "{shown:?}");
    }
}
