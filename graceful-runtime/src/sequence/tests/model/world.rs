//! One program that actions happen to.

use std::process::ExitCode;
use std::sync::OnceLock;

use graceful_core::budget;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::super::*;
use crate::exit::code;
use crate::report::FailedTask;
use crate::supervisor::{REPEAT_WINDOW, Step, take};

/// In seconds.
pub(super) const GRACE_PERIOD: u64 = 5;
const DRAIN_TIMEOUT: u64 = 1;
/// Of the handler that there is.
const TEARDOWN: u64 = 1;

pub(super) const MAINS_CODE: u8 = 3;
pub(super) const EXITS_CODE: u8 = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Action {
    Terminate,
    Interrupt,
    MainReturns,
    MainFails,
    /// `graceful::exit`.
    ExitIsCalled,
    CriticalTaskFails,
    /// The guard that somebody holds is dropped.
    WorkEnds,
    SecondPasses,
}

/// What tells one state from another: everything that decides what comes next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Those that were entered, and when: milliseconds since the trigger.
    pub(super) phases: Vec<(Phase, u128)>,
    pub(super) reason: Option<Reason>,
    /// Since the trigger.
    pub(super) seconds: u64,
    pub(super) hurried: bool,
    pub(super) interrupts: usize,
    pub(super) exited: Option<u8>,
    main: Option<u8>,
    in_flight: usize,
    failed: bool,
    exit_was_called: bool,
}

pub(super) struct World {
    /// In seconds.
    pub(super) lame_duck: u64,
    /// No thread of the application's runtime answers.
    pub(super) stuck: bool,
    pub(super) actions: &'static [Action],
}

impl World {
    /// What can happen now.
    pub(super) fn actions_in(&self, state: &State) -> Vec<Action> {
        let can_happen = |action: &Action| match action {
            _ if state.exited.is_some() => false,
            Action::Terminate => true,
            // The third is the last, so that there is an end of the states also where it doesn't exit.
            Action::Interrupt => state.interrupts < 3,
            Action::MainReturns | Action::MainFails => state.main.is_none(),
            Action::ExitIsCalled => !state.exit_was_called,
            Action::CriticalTaskFails => !state.failed,
            Action::WorkEnds => state.in_flight > 0,
            Action::SecondPasses => state.phase > Phase::Running,
        };
        self.actions.iter().copied().filter(can_happen).collect()
    }

    /// Takes a path from the start, and looks where it has led.
    pub(super) fn after(&self, path: &[Action]) -> State {
        let runtime = || Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (mine, stuck) = (runtime(), runtime());
        let app = if self.stuck { stuck.handle() } else { mine.handle() }.clone();
        mine.block_on(async {
            let mut running = Running::start(self, app);
            settle().await;
            for &action in path {
                running.happens(action).await;
                settle().await;
                running.look_at_the_end();
            }
            running.state()
        })
    }
}

/// Lets everything go on as far as it can without time.
async fn settle() {
    for _ in 0..64 {
        yield_now().await;
    }
}

struct Running {
    service: Service,
    main: Option<oneshot::Sender<u8>>,
    work: Option<crate::in_flight::InFlight>,
    /// The sequence is at its end, with this code.
    ended: Arc<OnceLock<u8>>,
    exited: Option<u8>,
    interrupts: usize,
    exit_was_called: bool,
}

impl Running {
    fn start(world: &World, app: Handle) -> Self {
        let config = Config::new()
            .grace_period(secs(GRACE_PERIOD))
            .lame_duck(secs(world.lame_duck))
            .drain_timeout(secs(DRAIN_TIMEOUT))
            .handler_timeout(secs(GRACE_PERIOD));
        let service = Service::new(config);
        let program = service.program;
        program.lifecycle.set_terminal(true);
        let (main, end) = oneshot::channel();
        service.main(async { end.await.map_or(ExitCode::SUCCESS, ExitCode::from) });
        let in_flight = world.actions.contains(&Action::WorkEnds);
        let work = in_flight.then(|| program.work.track());
        if !world.stuck {
            service.timed("close", 0, secs(TEARDOWN));
        }
        let ended: Arc<OnceLock<u8>> = Arc::default();
        let end = Arc::clone(&ended);
        // As the supervisor does.
        tokio::spawn(async move {
            let shutdown = program.lifecycle.requested().await;
            run(&Stage { program, shutdown, app }).await;
            let code = program.final_report(shutdown).exit_code();
            end.set(code).unwrap();
        });
        Self { service, main: Some(main), work, ended, exited: None, interrupts: 0, exit_was_called: false }
    }

    async fn happens(&mut self, action: Action) {
        let program = self.service.program;
        match action {
            Action::Terminate => assert!(take(program, Signal::Terminate) != Step::ExitNow),
            Action::Interrupt => {
                self.interrupts += 1;
                // Sooner, it would be the same Ctrl-C.
                sleep(REPEAT_WINDOW).await;
                if take(program, Signal::Interrupt) == Step::ExitNow {
                    self.exited = Some(code::INTERRUPTED);
                }
            }
            Action::MainReturns => self.main_ends(0),
            Action::MainFails => self.main_ends(MAINS_CODE),
            Action::ExitIsCalled => {
                self.exit_was_called = true;
                program.set_exit_code(EXITS_CODE);
                program.lifecycle.begin(Reason::Requested);
            }
            Action::CriticalTaskFails => {
                program.task_failed(FailedTask::new("reader", Outcome::Failed("no broker".into())));
                program.lifecycle.begin(Reason::CriticalTask("reader".into()));
            }
            Action::WorkEnds => self.work = None,
            Action::SecondPasses => sleep(secs(1)).await,
        }
    }

    fn main_ends(&mut self, code: u8) {
        let main = self.main.take().expect("it has not ended");
        // It may have been dropped.
        let _ = main.send(code);
    }

    /// What ends the process: the signal policy's last step, before this; the sequence; and the deadline, whose message is
    /// printed a little earlier.
    fn look_at_the_end(&mut self) {
        let trigger = self.service.program.lifecycle.shutdown().map(|shutdown| &shutdown.trigger);
        let is_over = |trigger: &crate::trigger::Trigger| {
            Instant::now().into_std() + budget::message_timeout(secs(GRACE_PERIOD)) >= trigger.deadline
        };
        let by_the_deadline = trigger.is_some_and(is_over).then_some(code::DEADLINE);
        self.exited = self.exited.or(self.ended.get().copied()).or(by_the_deadline);
    }

    fn state(&self) -> State {
        let program = self.service.program;
        let shutdown = program.lifecycle.shutdown();
        let trigger = shutdown.map(|shutdown| &shutdown.trigger);
        let phases = shutdown.map(|shutdown| phases(&shutdown.recorder.report(0))).unwrap_or_default();
        State {
            phase: self.service.phase(),
            phases: phases.into_iter().map(|(phase, began, _)| (phase, began.as_millis())).collect(),
            reason: trigger.map(|trigger| trigger.reason.clone()),
            seconds: trigger.map_or(0, |trigger| (Instant::now().into_std() - trigger.at).as_secs()),
            hurried: shutdown.is_some_and(|shutdown| shutdown.cut_short.is_cancelled()),
            interrupts: self.interrupts,
            exited: self.exited,
            main: match program.main.end() {
                Some(MainEnd::Returned(code)) => Some(code),
                Some(MainEnd::Panicked | MainEnd::Abandoned) => Some(u8::MAX),
                None => None,
            },
            in_flight: program.work.sum(),
            failed: !program.failed_tasks().is_empty(),
            exit_was_called: self.exit_was_called,
        }
    }
}
