//! The pod's termination message. The kubelet reads it when the container has ended, and `kubectl describe pod` shows it.

#[cfg(test)]
mod tests;

use std::env;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use graceful_core::environment::TERMINATION_LOG;
use graceful_core::json::Json;

use crate::output::OutputThread;
use crate::report::Report;

/// The default path of the file. A pod can change it with `terminationMessagePath`.
const PATH: &str = "/dev/termination-log";

/// How many bytes of a container's message the kubelet reads.
const MAX_MESSAGE: usize = 4096;

/// To how many bytes each text is cut, one attempt after another.
const TEXTS: [usize; 4] = [usize::MAX, 512, 128, 40];

/// The file for the report. It may not exist.
pub(crate) struct TerminationLog {
    path: PathBuf,
    /// One thread for all reports, so that two of them do not mix. Even opening a file may block.
    thread: OutputThread,
}

impl TerminationLog {
    /// Returns the file that the environment names, or Kubernetes' default.
    pub(crate) fn find() -> Self {
        Self::at(env::var_os(TERMINATION_LOG))
    }

    fn at(path: Option<OsString>) -> Self {
        let path = path.filter(|path| !path.is_empty()).map_or_else(|| PathBuf::from(PATH), PathBuf::from);
        Self { path, thread: OutputThread::new("graceful-termination-log") }
    }

    /// Starts to write the report. It replaces the file's content.
    pub(crate) fn write(&self, report: Arc<Report>) {
        let path = self.path.clone();
        self.thread.send(move || {
            // The file does not exist outside of Kubernetes, and the log has the report.
            let _ = write(&path, message(&report).as_bytes());
        });
    }

    /// Waits until all reports are written, at most for `limit`.
    pub(crate) async fn written(&self, limit: Duration) {
        self.thread.finished(limit).await;
    }
}

/// Writes as much as is possible without waiting. Does not create the file.
fn write(path: &Path, message: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A FIFO without a reader fails at once, and a terminal does not become the controlling terminal.
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    // One write, so that a FIFO gets all of it or nothing.
    options.open(path)?.write(message).map(drop)
}

/// Returns the report as JSON of at most [`MAX_MESSAGE`] bytes.
///
/// A report that is too long loses the handlers that ended well. If that is not enough, its texts are cut. If that is
/// not enough either, it keeps the entries that fit and counts the rest.
fn message(report: &Report) -> String {
    let whole = report.data();
    let text = whole.to_string();
    if text.len() <= MAX_MESSAGE {
        return text;
    }
    let mut shortened = Shortened::of(whole);
    shortened.keep_handlers(|at| report.handlers().get(at).is_none_or(|handler| !handler.outcome().is_clean()));
    for most in TEXTS {
        shortened.cut(most);
        let text = shortened.text();
        if text.len() <= MAX_MESSAGE {
            return text;
        }
    }
    shortened.keep_what_fits();
    shortened.text()
}

/// A report that was too long. It has the report's members, and counts of the entries that its lists lack.
struct Shortened {
    members: Vec<(&'static str, Json)>,
    lists: [List; 5],
}

/// A list of the report that may be shortened.
struct List {
    name: &'static str,
    /// The name of the count.
    count: &'static str,
    entries: Vec<Json>,
    left_out: usize,
}

impl Shortened {
    fn of(report: Json) -> Self {
        let mut members = if let Json::Object(members) = report { members } else { Vec::new() };
        // The most important first: what fits is kept in this order.
        let lists = [
            ("failed_tasks", "failed_tasks_left_out"),
            ("handlers", "handlers_left_out"),
            ("abandoned", "abandoned_left_out"),
            ("warnings", "warnings_left_out"),
            ("supervised_tasks", "supervised_tasks_left_out"),
        ];
        let lists = lists.map(|(name, count)| {
            let at = members.iter().position(|(member, _)| *member == name);
            let entries = match at.map(|at| members.remove(at)) {
                Some((_, Json::List(entries))) => entries,
                _ => Vec::new(),
            };
            List { name, count, entries, left_out: 0 }
        });
        members.push(("shortened", true.into()));
        Self { members, lists }
    }

    /// Keeps the handlers at these places.
    fn keep_handlers(&mut self, keeps: impl Fn(usize) -> bool) {
        for list in self.lists.iter_mut().filter(|list| list.name == "handlers") {
            let all = list.entries.len();
            let entries = mem::take(&mut list.entries).into_iter().enumerate();
            list.entries = entries.filter(|&(at, _)| keeps(at)).map(|(_, handler)| handler).collect();
            list.left_out = all - list.entries.len();
        }
    }

    fn text(&self) -> String {
        let members = self.members.iter().cloned();
        let lists = self.lists.iter().flat_map(|List { name, count, entries, left_out }| {
            let left_out = Json::Number(i64::try_from(*left_out).unwrap_or(i64::MAX));
            [(*count, left_out), (*name, Json::List(entries.clone()))]
        });
        Json::Object(members.chain(lists).collect()).to_string()
    }

    /// Cuts each text to `most` bytes.
    fn cut(&mut self, most: usize) {
        self.members.iter_mut().for_each(|(_, value)| cut(value, most));
        self.lists.iter_mut().flat_map(|list| &mut list.entries).for_each(|value| cut(value, most));
    }

    fn keep_what_fits(&mut self) {
        let all = self.lists.each_mut().map(|list| {
            // Counts the largest numbers first, since they have the most digits.
            list.left_out += list.entries.len();
            mem::take(&mut list.entries)
        });
        let mut room = MAX_MESSAGE.saturating_sub(self.text().len());
        for (list, entries) in self.lists.iter_mut().zip(all) {
            for entry in entries {
                // One more byte for the comma.
                let length = entry.to_string().len() + 1;
                if length > room {
                    break;
                }
                room -= length;
                list.left_out -= 1;
                list.entries.push(entry);
            }
        }
    }
}

/// Cuts each text in `value` to `most` bytes.
fn cut(value: &mut Json, most: usize) {
    match value {
        Json::Text(text) if text.len() > most => {
            let end = (0..=most).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
            text.truncate(end);
            text.push('…');
        }
        Json::List(values) => values.iter_mut().for_each(|value| cut(value, most)),
        Json::Object(members) => members.iter_mut().for_each(|(_, value)| cut(value, most)),
        Json::Text(_) | Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}
