//! Carrying out a case, on a paused clock.

use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use graceful_core::HandlerPhase;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;

use super::super::super::flush;
use super::super::*;
use super::case::{Case, Conduct, Guest, When};
use crate::report::FailedTask;
use crate::supervisor::take;

/// What there was to see.
pub(super) struct Acted {
    pub(super) report: Report,
    /// How often each guest was called.
    pub(super) calls: Vec<usize>,
    pub(super) looks: Vec<Look>,
    /// What each guest that was called saw.
    pub(super) phases_of_guests: Vec<(usize, Phase)>,
    pub(super) plan_fits: bool,
    /// How long the handler of the flush might take.
    pub(super) flush: Option<Duration>,
}

/// What somebody sees who looks at the phase.
pub(super) struct Look {
    /// Since the trigger.
    pub(super) at: u64,
    pub(super) phase: Phase,
    pub(super) is_ready: bool,
    pub(super) takes_work: bool,
}

pub(super) fn act(case: &Case) -> Acted {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    // For what belongs to the test: its tasks are none of the service's.
    let tests = LocalSet::new();
    runtime.block_on(tests.run_until(carry_out(case)))
}

async fn carry_out(case: &Case) -> Acted {
    let service = Service::starting(case.config());
    let program = service.program;
    program.lifecycle.set_terminal(case.terminal);
    if case.takes_part() {
        program.lifecycle.participation.begin();
    }
    if case.awaited {
        program.lifecycle.readiness.probes_wait();
    }
    if case.ready {
        program.lifecycle.set_ready();
    }
    if let Some(code) = case.exit_code {
        program.set_exit_code(code);
    }
    if case.failed_task {
        program.task_failed(FailedTask::new("reader", Outcome::Failed("no broker".into())));
    }
    if let Some(timeout) = case.flush {
        let builder = service.handler("flush").phase(HandlerPhase::Flush).timeout(ms(timeout));
        builder.register(pending::<()>).unwrap();
    }
    let phases_of_guests = Arc::default();
    let calls: Vec<_> =
        (0..case.guests.len()).map(|number| invite(case, number, &service, &phases_of_guests)).collect();
    for guards in case.guards.clone() {
        let first = program.work.try_track().unwrap();
        tokio::spawn(hold(program, first, guards));
    }
    for &task in &case.tasks {
        service.spawn(async move {
            task.ends.comes(program).await;
            if task.panics {
                resume_unwind(Box::new("of the task"));
            }
        });
    }
    let main = case.main;
    service.main(async move {
        main.ends.comes(program).await;
        main.code.map_or_else(|| resume_unwind(Box::new("of main")), ExitCode::from)
    });
    if let Some(length) = case.hurry {
        spawn_local(press_again(program, length));
    }
    let looks: Arc<Mutex<Vec<Look>>> = Arc::default();
    for &at in &case.looks {
        let looks = Arc::clone(&looks);
        spawn_local(async move {
            program.lifecycle.requested().await;
            sleep(ms(at)).await;
            let takes_work = program.work.try_track().is_ok();
            let (phase, is_ready) = (program.lifecycle.phase(), program.lifecycle.is_ready());
            looks.lock().unwrap().push(Look { at, phase, is_ready, takes_work });
        });
    }
    let worst_case = program.plan().worst_case();
    let teardown = program.handlers.worst_case(&[HandlerPhase::Teardown], program.config().timeouts());
    assert_eq!(teardown, program.plan().teardown_worst_case());
    let _ = timeout(ms(case.after), program.lifecycle.requested()).await;
    let report = service.shut_down(case.reason.clone()).await;
    let looks = std::mem::take(&mut *looks.lock().unwrap());
    let shutdown = program.lifecycle.shutdown().unwrap();
    flush(&Stage { program, shutdown, app: Handle::current() }).await;
    let flush = shutdown
        .recorder
        .report(0)
        .handlers()
        .iter()
        .find(|handler| handler.name() == "flush")
        .map(HandlerReport::timeout);
    let end = &shutdown.trigger;
    let plan_fits = worst_case <= end.end() - end.at;
    let calls = calls.iter().map(|calls| calls.load(Ordering::Relaxed)).collect();
    let phases_of_guests = phases_of_guests.lock().unwrap().clone();
    Acted { report, calls, looks, phases_of_guests, plan_fits, flush }
}

impl When {
    async fn comes(self, program: &'static Program) {
        match self {
            Self::After(length) => sleep(ms(length)).await,
            Self::OfTheDrain(length) => {
                program.lifecycle.draining_token().cancelled().await;
                sleep(ms(length)).await;
            }
            Self::Never => pending().await,
        }
    }
}

/// Holds one guard after another; each is taken before the one before is dropped.
async fn hold(program: &'static Program, mut guard: crate::in_flight::InFlight, lengths: Vec<u64>) {
    for (number, length) in lengths.into_iter().enumerate() {
        if number > 0 {
            guard = program.work.track();
        }
        sleep(ms(length)).await;
    }
    drop(guard);
}

/// A further Ctrl-C, so long after the trigger. In teardown it would end the process: here nothing happens.
async fn press_again(program: &'static Program, length: u64) {
    program.lifecycle.requested().await;
    sleep(ms(length)).await;
    take(program, Signal::Interrupt);
}

/// Registers a guest. What this gives counts its calls.
fn invite(case: &Case, number: usize, service: &Service, phases: &Arc<Mutex<Vec<(usize, Phase)>>>) -> Arc<AtomicUsize> {
    let Guest { priority, timeout, phase, conduct, after } = case.guests[number].clone();
    let builder = service.handler(&number.to_string()).phase(phase).priority(priority).timeout(ms(timeout));
    let builder = after.iter().fold(builder, |builder, before| builder.after(&before.to_string()));
    let calls = Arc::new(AtomicUsize::new(0));
    let (counted, program, phases) = (Arc::clone(&calls), service.program, Arc::clone(phases));
    let called = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        phases.lock().unwrap().push((number, program.lifecycle.phase()));
    };
    let job = move || {
        called();
        behave(conduct)
    };
    builder.register(job).unwrap();
    calls
}

async fn behave(conduct: Conduct) -> Result<(), &'static str> {
    match conduct {
        Conduct::Takes(length) => sleep(ms(length)).await,
        Conduct::ErrsAfter(length) => {
            sleep(ms(length)).await;
            return Err("errs");
        }
        Conduct::PanicsAfter(length) => {
            sleep(ms(length)).await;
            // Without the panic hook, which would print thousands of them.
            resume_unwind(Box::new("panics"));
        }
        Conduct::Hangs => pending().await,
    }
    Ok(())
}
