//! The lifecycle's promises, on a paused clock: no test here takes longer than its arithmetic.

mod after;
mod drain;
mod flush;
mod lame_duck;
mod model;
mod random;
mod start;
mod supervised;
mod teardown;
mod turn;

use std::future::{Future, pending};
use std::process::Termination;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use graceful_core::{Phase, Signal};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use super::{Stage, run};
use crate::config::Config;
use crate::handler::Owner;
use crate::in_flight::Work;
use crate::lifecycle::MainEnd;
use crate::outcome::Outcome;
use crate::program::Program;
use crate::registration::HandlerBuilder;
use crate::report::{HandlerReport, Report};
use crate::run::{drive, exit_code};
use crate::task::{Identity, TaskBuilder};
use crate::trigger::Reason;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Each test has another program, on the test's runtime.
#[derive(Clone)]
struct Service {
    program: &'static Program,
    /// What happened, with the time since the test began.
    diary: Diary,
}

#[derive(Clone)]
struct Diary {
    begin: Instant,
    lines: Arc<Mutex<Vec<(u64, String)>>>,
}

impl Diary {
    fn note(&self, line: impl Into<String>) {
        let at = u64::try_from(self.begin.elapsed().as_millis()).unwrap();
        self.lines.lock().unwrap().push((at, line.into()));
    }

    #[track_caller]
    fn expect(&self, expected: &[(u64, &str)]) {
        let lines = self.lines.lock().unwrap();
        let lines: Vec<_> = lines.iter().map(|(at, line)| (*at, line.as_str())).collect();
        assert_eq!(lines, expected);
    }
}

/// Notes its end in the diary: as a local of a future it shows when the future is dropped.
struct Destructor(Diary, &'static str);

impl Drop for Destructor {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

impl Service {
    /// One that takes part in its shutdown.
    fn new(config: Config) -> Self {
        let service = Self::starting(config);
        service.program.lifecycle.participation.begin();
        service
    }

    /// One that does not take part yet.
    fn starting(config: Config) -> Self {
        let work = Work::leaked();
        let program = Program::new(work, || Instant::now().into_std(), Vec::new);
        let program: &'static Program = Box::leak(Box::new(program));
        assert!(program.lifecycle.claim(config));
        let lines = Arc::default();
        Self { program, diary: Diary { begin: Instant::now(), lines } }
    }

    /// 24 s, 12 s for the drain, 3 s for a handler.
    fn default() -> Self {
        Self::new(Config::new())
    }

    fn handler(&self, name: &str) -> HandlerBuilder {
        HandlerBuilder::new(Owner::Program(&self.program.handlers), name)
    }

    /// A handler that notes its begin, takes `length`, and notes its end.
    fn timed(&self, name: &'static str, priority: i32, length: Duration) {
        let diary = self.diary.clone();
        let job = move || async move {
            diary.note(format!("{name} begins"));
            sleep(length).await;
            diary.note(format!("{name} ends"));
        };
        self.handler(name).priority(priority).register(job).unwrap();
    }

    /// The same after others.
    fn timed_after(&self, name: &'static str, after: &[&str], length: Duration) {
        let diary = self.diary.clone();
        let job = move || async move {
            diary.note(format!("{name} begins"));
            sleep(length).await;
            diary.note(format!("{name} ends"));
        };
        after.iter().fold(self.handler(name), |handler, name| handler.after(name)).register(job).unwrap();
    }

    fn main<F>(&self, body: F)
    where
        F: Future + Send + 'static,
        F::Output: Termination,
    {
        let program = self.program;
        tokio::spawn(async move {
            let end = drive(program, Box::pin(async { exit_code(body.await) })).await;
            program.finish_main(end);
        });
    }

    fn main_has_returned(&self) {
        self.program.main.set_end(MainEnd::Returned(0));
    }

    /// As `graceful::spawn`.
    #[track_caller]
    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let location = std::panic::Location::caller();
        let identity = Identity { name: None, location, scope: None };
        let tasks = &self.program.tasks;
        tasks.spawn(&Handle::current(), tasks.track(identity, future));
    }

    /// As `graceful::task`.
    fn task(&self, name: &str) -> TaskBuilder {
        TaskBuilder::new(self.program, name.into())
    }

    fn phase(&self) -> Phase {
        self.program.lifecycle.phase()
    }

    async fn shut_down(&self, reason: Reason) -> Report {
        self.program.lifecycle.begin(reason);
        let shutdown = self.program.lifecycle.shutdown().unwrap();
        run(&Stage { program: self.program, shutdown, app: Handle::current() }).await;
        self.program.final_report(shutdown)
    }

    /// SIGINT cuts it short.
    fn cut_short(program: &Program) {
        program.lifecycle.shutdown().unwrap().cut_short(program.lifecycle.now());
    }

    async fn terminate(&self) -> Report {
        self.shut_down(Reason::Signal(Signal::Terminate)).await
    }
}

#[track_caller]
fn handler<'a>(report: &'a Report, name: &str) -> &'a HandlerReport {
    report.handlers().iter().find(|handler| handler.name() == name).unwrap()
}

fn phases(report: &Report) -> Vec<(Phase, Duration, Duration)> {
    report.phases().iter().map(|phase| (phase.phase(), phase.started(), phase.elapsed())).collect()
}
