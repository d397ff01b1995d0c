//! The pod's termination message. The kubelet reads it when the container has ended, and `kubectl describe pod` shows it.

#[cfg(test)]
mod tests;

use std::env;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use graceful_core::environment::TERMINATION_LOG;
use serde::Serialize;
use serde_json::Value;

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

/// A report that was too long. It has the report's keys, and counts of the missing entries.
#[derive(Serialize)]
struct Shortened {
    reason: Value,
    task: Value,
    clean: Value,
    exit_code: Value,
    elapsed_ms: Value,
    grace_period_ms: Value,
    shortened: bool,
    handlers_left_out: usize,
    abandoned_left_out: usize,
    failed_tasks_left_out: usize,
    phases: Value,
    failed_tasks: Vec<Value>,
    handlers: Vec<Value>,
    abandoned: Vec<Value>,
}

/// Returns the report as valid JSON of at most [`MAX_MESSAGE`] bytes.
///
/// A report that is too long loses the handlers that ended well. If that is not enough, its texts are cut. If that is
/// not enough either, it keeps the entries that fit and counts the rest.
fn message(report: &Report) -> String {
    // Serializing fails only for maps whose keys are not text. A report has no maps.
    let whole = serde_json::to_string(report).unwrap_or_default();
    if whole.len() <= MAX_MESSAGE {
        return whole;
    }
    let whole = serde_json::to_value(report).unwrap_or_default();
    let unclean = |at: usize| report.handlers().get(at).is_none_or(|handler| !handler.outcome().is_clean());
    let mut shortened = Shortened::of(whole, unclean);
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

impl Shortened {
    fn of(mut whole: Value, keeps_handler: impl Fn(usize) -> bool) -> Self {
        let mut one = |key: &str| whole.get_mut(key).map(Value::take).unwrap_or_default();
        let mut list = |key: &str| match one(key) {
            Value::Array(list) => list,
            _ => Vec::new(),
        };
        let (failed_tasks, all, abandoned) = (list("failed_tasks"), list("handlers"), list("abandoned"));
        let count = all.len();
        let kept = all.into_iter().enumerate().filter(|&(at, _)| keeps_handler(at));
        let handlers: Vec<Value> = kept.map(|(_, handler)| handler).collect();
        Self {
            reason: one("reason"),
            task: one("task"),
            clean: one("clean"),
            exit_code: one("exit_code"),
            elapsed_ms: one("elapsed_ms"),
            grace_period_ms: one("grace_period_ms"),
            shortened: true,
            handlers_left_out: count - handlers.len(),
            abandoned_left_out: 0,
            failed_tasks_left_out: 0,
            phases: one("phases"),
            failed_tasks,
            handlers,
            abandoned,
        }
    }

    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Cuts each text to `most` bytes.
    fn cut(&mut self, most: usize) {
        cut(&mut self.reason, most);
        for list in [&mut self.failed_tasks, &mut self.handlers, &mut self.abandoned] {
            list.iter_mut().for_each(|value| cut(value, most));
        }
    }

    /// Keeps the entries that fit, the failed tasks first.
    fn keep_what_fits(&mut self) {
        let lists = [&mut self.failed_tasks, &mut self.handlers, &mut self.abandoned];
        let [failed_tasks, handlers, abandoned] = lists.map(std::mem::take);
        // Counts the largest numbers first, since they have the most digits.
        self.failed_tasks_left_out = failed_tasks.len();
        self.handlers_left_out += handlers.len();
        self.abandoned_left_out = abandoned.len();
        let mut room = MAX_MESSAGE.saturating_sub(self.text().len());
        let mut fill = |from: Vec<Value>, into: &mut Vec<Value>, left_out: &mut usize| {
            for value in from {
                // One more byte for the comma.
                let length = value.to_string().len() + 1;
                if length > room {
                    break;
                }
                room -= length;
                *left_out -= 1;
                into.push(value);
            }
        };
        fill(failed_tasks, &mut self.failed_tasks, &mut self.failed_tasks_left_out);
        fill(handlers, &mut self.handlers, &mut self.handlers_left_out);
        fill(abandoned, &mut self.abandoned, &mut self.abandoned_left_out);
    }
}

/// Cuts each text in `value` to `most` bytes.
fn cut(value: &mut Value, most: usize) {
    match value {
        Value::String(text) if text.len() > most => {
            let end = (0..=most).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
            text.truncate(end);
            text.push('…');
        }
        Value::Array(values) => values.iter_mut().for_each(|value| cut(value, most)),
        Value::Object(map) => map.values_mut().for_each(|value| cut(value, most)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
