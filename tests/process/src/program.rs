//! A program under test, as a child of the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::inside::ANSWER;

/// Longer than anything takes on the slowest machine: who waits so long waits in vain.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that is about to be started.
pub struct Program {
    command: Command,
    socket: UnixStream,
}

impl Program {
    /// Of one of the binaries, by its path: `env!("CARGO_BIN_EXE_…")`.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self::of(Command::new(path))
    }

    /// Of a shell script that finds the binary as its `$0`, so that it can change its surroundings and `exec` it.
    #[must_use]
    pub fn under(script: &str, path: &str) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", script, path]);
        Self::of(command)
    }

    fn of(mut command: Command) -> Self {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GRACEFUL_") {
                command.env_remove(name);
            }
        }
        command.env("RUST_BACKTRACE", "0");
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, socket: ours }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: &str) -> Self {
        self.command.arg(arg);
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the grace period.
    #[must_use]
    pub fn grace_period(self, value: &str) -> Self {
        self.env("GRACEFUL_GRACE_PERIOD", value)
    }

    /// Sets the lame duck.
    #[must_use]
    pub fn lame_duck(self, value: &str) -> Self {
        self.env("GRACEFUL_LAME_DUCK", value)
    }

    /// Sets the drain timeout.
    #[must_use]
    pub fn drain_timeout(self, value: &str) -> Self {
        self.env("GRACEFUL_DRAIN_TIMEOUT", value)
    }

    /// Gives it another standard output than the one that is read here.
    #[must_use]
    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    /// Gives it another standard error than the one that is read here.
    #[must_use]
    pub fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.command.stderr(stderr);
        self
    }

    /// Starts it.
    #[must_use]
    pub fn start(mut self) -> Running {
        let started = Instant::now();
        let mut child = self.command.spawn().expect("the program starts");
        let told = Lines::read(Some(self.socket.try_clone().expect("a copy of the socket")));
        Running {
            stdout: Lines::read(child.stdout.take()),
            stderr: Lines::read(child.stderr.take()),
            told,
            socket: self.socket,
            child: Reaped(child),
            started,
            signalled: None,
        }
        // With the command goes this process's copy of the other ends.
    }

    /// Starts it, sends SIGTERM once it has printed `main`, and waits for its end.
    #[must_use]
    pub fn terminated(self) -> Ended {
        let mut running = self.start();
        running.wait_for("main");
        running.signal(Signal::SIGTERM);
        running.end()
    }

    /// Starts it, and waits for its end.
    #[must_use]
    pub fn run(self) -> Ended {
        self.start().end()
    }
}

/// A program that runs. It is killed when this is dropped.
pub struct Running {
    child: Reaped,
    stdout: Lines,
    stderr: Lines,
    told: Lines,
    socket: UnixStream,
    started: Instant,
    signalled: Option<Instant>,
}

impl Running {
    /// Waits for this line on standard output.
    #[track_caller]
    pub fn wait_for(&self, line: &str) {
        self.wait(&self.stdout, 1, |printed| printed == line, line);
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
        assert!(!self.stderr.0.0.lock().expect("the lines").broken_off, "no line's end\n{}", self.all());
        Ended {
            code: status.code(),
            signal: status.signal(),
            stdout: self.stdout.lines().clone(),
            stderr: self.stderr.lines().clone(),
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

/// What is left of a program.
#[derive(Debug)]
pub struct Ended {
    /// The exit code, if it exited.
    pub code: Option<i32>,
    /// The signal that killed it, if one did.
    pub signal: Option<i32>,
    /// The lines of its standard output.
    pub stdout: Vec<String>,
    /// The lines of its standard error.
    pub stderr: Vec<String>,
    /// From the first signal, or from the start if none was sent, to the exit.
    pub took: Duration,
}

impl Ended {
    /// What it said by itself: standard output without the answers.
    #[must_use]
    pub fn said(&self) -> Vec<&str> {
        self.stdout.iter().map(String::as_str).filter(|line| !line.starts_with(ANSWER)).collect()
    }

    /// Where this line stands in standard output.
    #[track_caller]
    #[must_use]
    pub fn position(&self, line: &str) -> usize {
        let position = self.stdout.iter().position(|printed| printed == line);
        position.unwrap_or_else(|| panic!("no line `{line}`\n{self}"))
    }

    /// Holds it against an exit code.
    #[track_caller]
    pub fn exits_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Holds what it said by itself against these lines.
    #[track_caller]
    pub fn says(&self, lines: &[&str]) -> &Self {
        assert_eq!(self.said(), lines, "{self}");
        self
    }

    /// Some line of standard error must contain this.
    #[track_caller]
    pub fn stderr_has(&self, part: &str) -> &Self {
        assert!(self.stderr.iter().any(|line| line.contains(part)), "nothing of `{part}`\n{self}");
        self
    }

    /// No line of standard error may contain this.
    #[track_caller]
    pub fn stderr_lacks(&self, part: &str) -> &Self {
        assert!(!self.stderr.iter().any(|line| line.contains(part)), "`{part}`\n{self}");
        self
    }

    /// Nothing may stand on standard error.
    #[track_caller]
    pub fn is_silent(&self) -> &Self {
        assert!(self.stderr.is_empty(), "{self}");
        self
    }

    /// It must have taken as long as `least`, and not much longer than `most`: a busy machine gets 8 s.
    #[track_caller]
    pub fn took_between(&self, least: Duration, most: Duration) -> &Self {
        let limit = most + Duration::from_secs(8);
        assert!(least <= self.took && self.took < limit, "{least:?}..{most:?}\n{self}");
        self
    }

    /// It must have ended well before `limit`: something that it didn't wait for.
    #[track_caller]
    pub fn took_less_than(&self, limit: Duration) -> &Self {
        assert!(self.took < limit, "{limit:?}\n{self}");
        self
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, signal, took, .. } = self;
        writeln!(f, "code {code:?}, signal {signal:?}, after {took:?}")?;
        f.write_str(&transcript(&self.stdout, &self.stderr))
    }
}

fn transcript(stdout: &[String], stderr: &[String]) -> String {
    format!("--- stdout\n{}\n--- stderr\n{}\n---", stdout.join("\n"), stderr.join("\n"))
}

/// Checks all of `cases` at the same time: most of what a program under test does is waiting.
///
/// # Panics
///
/// With the first that fails, after all have ended.
pub fn all<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| check(case));
        }
    });
}

/// A child that doesn't outlive its test.
struct Reaped(Child);

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

/// The lines that come from a child, as they come.
#[derive(Clone, Default)]
struct Lines(Arc<(Mutex<Page>, Condvar)>);

#[derive(Default)]
struct Page {
    lines: Vec<String>,
    /// The last line has no end.
    broken_off: bool,
    finished: bool,
}

impl Lines {
    fn read(source: Option<impl Read + Send + 'static>) -> Self {
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

    fn lines(&self) -> PageLines<'_> {
        PageLines(self.0.0.lock().expect("the lines"))
    }

    /// `false` when it has not come, and will not.
    fn wait(&self, enough: impl Fn(&[String]) -> bool) -> bool {
        let page = self.0.0.lock().expect("the lines");
        let waits = |page: &mut Page| !page.finished && !enough(&page.lines);
        let (page, _) = self.0.1.wait_timeout_while(page, PATIENCE, waits).expect("the lines");
        enough(&page.lines)
    }

    /// Waits until all is read: the child is gone, but its last words may still be in the pipe.
    fn finish(&self) {
        self.wait(|_| false);
    }
}

struct PageLines<'a>(MutexGuard<'a, Page>);

impl std::ops::Deref for PageLines<'_> {
    type Target = Vec<String>;

    fn deref(&self) -> &Vec<String> {
        &self.0.lines
    }
}
