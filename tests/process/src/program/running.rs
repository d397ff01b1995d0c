//! The program while it runs.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::ended::transcript;
use super::{Ended, Lines, PATIENCE};
use crate::inside::ANSWER;

/// A program that runs. It is killed when this is dropped.
pub struct Running {
    pub(super) child: Reaped,
    pub(super) stdout: Lines,
    pub(super) stderr: Lines,
    pub(super) told: Lines,
    pub(super) socket: UnixStream,
    pub(super) started: Instant,
    pub(super) signalled: Option<Instant>,
}

impl Running {
    /// Waits for this line on standard output.
    #[track_caller]
    pub fn wait_for(&self, line: &str) {
        self.wait(&self.stdout, 1, |printed| printed == line, line);
    }

    /// Waits for this line on standard output: `false` when it has not come, and will not.
    #[must_use]
    pub fn prints(&self, line: &str) -> bool {
        self.stdout.wait(|lines| lines.iter().any(|printed| printed == line))
    }

    /// Waits for a line on standard output that contains this.
    #[track_caller]
    pub fn wait_for_stdout(&self, part: &str) {
        self.wait(&self.stdout, 1, |printed| printed.contains(part), part);
    }

    /// Waits for a line on standard output that begins with this, and returns the rest of it.
    #[track_caller]
    #[must_use]
    pub fn rest_of(&self, start: &str) -> String {
        self.wait(&self.stdout, 1, |printed| printed.starts_with(start), start);
        let lines = self.stdout.lines();
        lines.iter().find_map(|line| line.strip_prefix(start)).expect("the line").to_owned()
    }

    /// Waits for a line on standard error that contains this.
    #[track_caller]
    pub fn wait_for_stderr(&self, part: &str) {
        self.wait_for_stderrs(1, part);
    }

    /// Waits for so many lines on standard error that contain this.
    #[track_caller]
    pub fn wait_for_stderrs(&self, count: usize, part: &str) {
        self.wait(&self.stderr, count, |printed| printed.contains(part), part);
    }

    /// Waits for this line on the socket: see [`tell`](crate::inside::tell).
    #[track_caller]
    pub fn wait_to_be_told(&self, line: &str) {
        self.wait(&self.told, 1, |told| told == line, line);
    }

    /// Waits for a line on the socket that begins with this: `false` when it has not come, and will not.
    #[must_use]
    pub fn is_told(&self, start: &str) -> bool {
        self.told.wait(|lines| lines.iter().any(|line| line.starts_with(start)))
    }

    #[track_caller]
    fn wait(&self, lines: &Lines, count: usize, wanted: impl Fn(&str) -> bool, what: &str) {
        let enough = |lines: &[String]| lines.iter().filter(|line| wanted(line)).count() >= count;
        assert!(lines.wait(enough), "no {count} times `{what}`\n{}", self.all());
    }

    /// Writes a line to its standard input.
    pub fn order(&mut self, order: &str) {
        writeln!(self.socket, "{order}").expect("its standard input");
    }

    /// Writes a line to its standard input, and waits for the answer on standard output.
    #[track_caller]
    pub fn ask(&mut self, question: &str) -> String {
        let answers = |lines: &[String]| -> Vec<String> {
            lines.iter().filter_map(|line| line.strip_prefix(ANSWER)).map(str::to_owned).collect()
        };
        let before = answers(&self.stdout.lines()).len();
        self.order(question);
        let answered = self.stdout.wait(|lines| answers(lines).len() > before);
        assert!(answered, "no answer to `{question}`\n{}", self.all());
        answers(&self.stdout.lines())[before].clone()
    }

    /// Asks until this is the answer.
    #[track_caller]
    pub fn ask_until(&mut self, question: &str, answer: &str) {
        let patience = Instant::now() + PATIENCE;
        while self.ask(question) != answer {
            assert!(Instant::now() < patience, "`{question}` is never `{answer}`\n{}", self.all());
        }
    }

    /// Sends it a signal.
    pub fn signal(&mut self, signal: Signal) {
        let pid = i32::try_from(self.child.0.id()).expect("a pid");
        kill(Pid::from_raw(pid), signal).expect("a child that is not reaped can be signalled");
        self.signalled.get_or_insert_with(Instant::now);
    }

    /// Sends it a further SIGINT, after the 250 ms in which it would count as the same Ctrl-C.
    pub fn interrupt_again(&mut self) {
        thread::sleep(Duration::from_millis(260));
        self.signal(Signal::SIGINT);
    }

    /// Waits for the exit, but not for long: `None` if it runs on.
    pub fn ends_within(&mut self, patience: Duration) -> Option<ExitStatus> {
        self.child.wait(patience)
    }

    /// Waits for the exit.
    #[track_caller]
    #[must_use]
    pub fn end(mut self) -> Ended {
        let Some(status) = self.child.wait(PATIENCE) else { panic!("it does not end\n{}", self.all()) };
        let took = self.signalled.unwrap_or(self.started).elapsed();
        self.stdout.finish();
        self.stderr.finish();
        self.told.finish();
        assert!(!self.stderr.is_broken_off(), "no line's end\n{}", self.all());
        Ended {
            code: status.code(),
            signal: status.signal(),
            stdout: self.stdout.lines().clone(),
            stderr: self.stderr.lines().clone(),
            told: self.told.lines().clone(),
            took,
        }
    }

    /// Kills it: the test has seen what it wanted to see.
    #[track_caller]
    #[must_use]
    pub fn kill(mut self) -> Ended {
        self.signal(Signal::SIGKILL);
        self.end()
    }

    fn all(&self) -> String {
        transcript(&self.stdout.lines(), &self.stderr.lines())
    }
}

/// A child that doesn't outlive its test.
pub(super) struct Reaped(pub(super) Child);

impl Reaped {
    fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        const PAUSE: Duration = Duration::from_millis(5);

        let end = Instant::now() + patience;
        loop {
            let status = self.0.try_wait().expect("a child of ours");
            if status.is_some() || Instant::now() >= end {
                return status;
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Reaped {
    fn drop(&mut self) {
        // Both fail when it has been waited for: then it is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
