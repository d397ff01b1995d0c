//! What the program says, line by line.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use super::PATIENCE;

/// The lines that come from a child, as they come.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<(Mutex<Page>, Condvar)>);

#[derive(Default)]
struct Page {
    lines: Vec<String>,
    /// The last line has no end.
    broken_off: bool,
    finished: bool,
}

impl Lines {
    pub(super) fn read(source: Option<impl Read + Send + 'static>) -> Self {
        let lines = Self::default();
        let reader = lines.clone();
        thread::spawn(move || {
            if let Some(source) = source {
                reader.take(source);
            }
            reader.change(|page| page.finished = true);
        });
        lines
    }

    fn take(&self, source: impl Read) {
        let mut source = BufReader::new(source);
        let mut line = Vec::new();
        while source.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line);
            let (text, broken_off) = text.strip_suffix('\n').map_or((&*text, true), |text| (text, false));
            self.change(|page| {
                page.lines.push(text.to_owned());
                page.broken_off = broken_off;
            });
            line.clear();
        }
    }

    fn change(&self, change: impl FnOnce(&mut Page)) {
        change(&mut self.0.0.lock().expect("the lines"));
        self.0.1.notify_all();
    }

    pub(super) fn lines(&self) -> PageLines<'_> {
        PageLines(self.0.0.lock().expect("the lines"))
    }

    /// Whether the last line has no end.
    pub(super) fn is_broken_off(&self) -> bool {
        self.0.0.lock().expect("the lines").broken_off
    }

    /// `false` when it has not come, and will not.
    pub(super) fn wait(&self, enough: impl Fn(&[String]) -> bool) -> bool {
        let page = self.0.0.lock().expect("the lines");
        let waits = |page: &mut Page| !page.finished && !enough(&page.lines);
        let (page, _) = self.0.1.wait_timeout_while(page, PATIENCE, waits).expect("the lines");
        enough(&page.lines)
    }

    /// Waits until all is read: the child is gone, but its last words may still be in the pipe.
    pub(super) fn finish(&self) {
        self.wait(|_| false);
    }
}

pub(super) struct PageLines<'a>(MutexGuard<'a, Page>);

impl std::ops::Deref for PageLines<'_> {
    type Target = Vec<String>;

    fn deref(&self) -> &Vec<String> {
        &self.0.lines
    }
}
