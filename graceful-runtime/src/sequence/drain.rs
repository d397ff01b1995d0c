//! The drain: new work is refused, and the work in flight ends, or is abandoned when the drain's time is up.

use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;

use graceful_core::text::{counted, escape, join};
use graceful_core::{HandlerPhase, Phase, budget};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{Stage, beside, handlers, log_in_order};
use crate::events;
use crate::in_flight::{Counts, Described, Ended};
use crate::lifecycle::Shutdown;
#[cfg(feature = "metrics")]
use crate::metrics;
use crate::program::Program;
use crate::report::{Abandoned, Details};
use crate::scope::Part;

/// The time until the first progress line. It doubles for each further line.
const FIRST_PROGRESS: Duration = Duration::from_secs(1);

pub(super) async fn run(stage: &Stage) {
    let program = stage.program;
    let now = Instant::now();
    let end = program.fix_drain_deadline(stage.shutdown).map_or(now, Instant::from_std);
    let limit = end.saturating_duration_since(now);
    let in_flight = program.work.sum();
    program.output.log(move || events::draining(in_flight, limit));
    // Before the program learns of the drain, and prints something about it.
    log_in_order(program, stage.left()).await;
    stage.enter(Phase::Draining);
    program.drain_scopes();
    let begin = Instant::now();
    // SIGINT may cut the drain short during the lame duck. Main has not been notified of the drain then.
    let cut_short = stage.shutdown.cut_short.is_cancelled();

    let handlers = handlers::start(stage, HandlerPhase::Drain, |_| end);
    let all = Box::pin(async {
        main_ended(stage).await;
        handlers.cancelled().await;
        if let Some(scopes) = program.scopes() {
            scopes.has_ended().await;
        }
        // Last, since the handlers of the drain and of the scopes may have started work.
        program.work.finished().await;
    });
    if beside(stage.in_time(end, all), progress(stage, begin, end)).await {
        let elapsed = begin.elapsed();
        program.output.log(move || events::drained(elapsed));
        // Some may have been cut before.
        let Ended { abandoned, cut, .. } = program.connections.ended(0);
        record_cut(stage, cut);
        if abandoned.number > 0 {
            let details = Details { connections: abandoned, ..Details::default() };
            let abandoned = Abandoned::Connections { connections: details.connections.number, scope: None };
            record_abandoned(stage, vec![abandoned], details, 0);
        }
    } else {
        abandon(stage, handlers, cut_short).await;
    }
}

/// How long main may take to return when its start is cancelled.
const START_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the future of a cancelled main may take to be dropped.
const DROP_TIMEOUT: Duration = Duration::from_millis(250);

/// Waits until main has returned. A start that is cancelled has a second for that, and main's future is dropped then. A plain
/// main, and one that blocks, is left running.
async fn main_ended(stage: &Stage) {
    let main = &stage.program.main;
    if !stage.shutdown.trigger.cancels_start {
        main.ended().await;
    } else if timeout(START_TIMEOUT, main.ended()).await.is_err() {
        cancel_start(stage);
        let _ = timeout(DROP_TIMEOUT, main.ended()).await;
    }
}

fn cancel_start(stage: &Stage) {
    let Stage { program, shutdown, .. } = stage;
    if !shutdown.main_cancelled.swap(true, Ordering::Relaxed) {
        let advice = program.lifecycle.participation.advice();
        program.output.log(move || events::start_cancelled(advice));
        program.main.abandon();
    }
}

/// Records the connections that were cut because their clients hold them open.
fn record_cut(stage: &Stage, cut: Described) {
    if cut.number > 0 {
        let program = stage.program;
        stage.shutdown.recorder.cut(cut.clone());
        program.output.log(move || events::cut(&cut));
    }
}

fn record_abandoned(stage: &Stage, abandoned: Vec<Abandoned>, details: Details, in_flight: usize) {
    for what in &abandoned {
        let what = details.explain(what);
        stage.program.output.log(move || events::abandoned(&what, in_flight));
    }
    stage.shutdown.recorder.abandoned(abandoned, details);
}

/// Cuts the connections, drops main's future, aborts the tracked tasks, and waits a moment until their destructors have run,
/// since teardown closes the resources that they use.
async fn abandon(stage: &Stage, handlers: CancellationToken, cut_short: bool) {
    let program = stage.program;
    let mut abandoned = Vec::new();
    let in_flight = program.work.sum();
    let connections = program.work.counts().connections;
    let advice = program.lifecycle.participation.advice();
    // As long as they are open: who holds them is not known afterwards.
    let Ended { abandoned: answers, cut, streams } = program.connections.ended(connections);
    let details = Details { main: advice, connections: answers, streams };
    #[cfg(feature = "axum")]
    if let Some(scopes) = program.scopes() {
        scopes.cut_connections();
    }
    program.cut_connections.cancel();
    // Main most likely awaits the server of these connections, or the drain, and returns now. So do a handler's guards, and
    // tasks that read from a client.
    let moment = budget::abort_grace(stage.left()) / 2;
    if connections > 0 {
        let _ = timeout(moment, async {
            program.main.ended().await;
            program.work.finished().await;
        })
        .await;
    } else if cut_short {
        let _ = timeout(moment, program.main.ended()).await;
    }
    record_cut(stage, cut);
    match program.main.end() {
        None if stage.shutdown.trigger.cancels_start => cancel_start(stage),
        None => {
            if !program.lifecycle.participation.has_begun() {
                stage.shutdown.main_cancelled.store(true, Ordering::Relaxed);
            }
            abandoned.push(Abandoned::Main);
        }
        Some(_) => {}
    }
    program.main.abandon();
    if let connections @ 1.. = details.connections.number {
        abandoned.push(Abandoned::Connections { connections, scope: None });
    }
    // Work that has ended in the meantime is not abandoned.
    let guards = guards(program);
    abandoned.extend(program.tasks.abort_all());
    abandoned.extend(guards);
    if let Some(scopes) = program.scopes() {
        scopes.cut();
    }
    record_abandoned(stage, abandoned, details, in_flight);

    let gone = async {
        handlers.cancelled().await;
        program.main.ended().await;
        program.work.tasks_and_connections_finished().await;
    };
    if timeout(budget::abort_grace(stage.left()).max(budget::MIN_WAIT), gone).await.is_err() {
        let mut holding_on = program.tasks.abandoned();
        if program.main.end().is_none() {
            holding_on.insert(0, Abandoned::Main);
        }
        if let connections @ 1.. = program.work.counts().connections {
            holding_on.push(Abandoned::Connections { connections, scope: None });
        }
        if !holding_on.is_empty() {
            program.output.log(events::holds_on);
        }
        stage.shutdown.recorder.holding_on(holding_on);
    }
    if let Some(scopes) = program.scopes() {
        scopes.give_up();
    }
}

/// The guards that are held, those of each scope apart.
fn guards(program: &Program) -> Vec<Abandoned> {
    let mut held = Vec::new();
    let mut others = program.work.counts().guards;
    for (scope, guards) in program.scopes().map(Part::guards).unwrap_or_default() {
        others = others.saturating_sub(guards);
        held.push(Abandoned::InFlight { guards, scope: Some(scope.to_string()) });
    }
    if others > 0 {
        held.push(Abandoned::InFlight { guards: others, scope: None });
    }
    held
}

/// Logs what the drain waits for, at doubling intervals.
async fn progress(stage: &Stage, begin: Instant, end: Instant) -> Infallible {
    let mut pause = FIRST_PROGRESS;
    loop {
        sleep(pause).await;
        pause = pause.saturating_mul(2);
        let waiting_for = waiting_for(stage.program, stage.shutdown);
        let in_flight = stage.program.work.sum();
        let left = end.saturating_duration_since(Instant::now());
        let elapsed = begin.elapsed();
        #[cfg(feature = "metrics")]
        metrics::changed(stage.program);
        stage.program.output.log(move || events::still_draining(&waiting_for, in_flight, elapsed, left));
    }
}

/// Describes what the drain waits for.
pub(crate) fn waiting_for(program: &Program, shutdown: &Shutdown) -> String {
    let mut what = Vec::new();
    if program.main.end().is_none() {
        what.push("main to return".to_owned());
    }
    let Counts { connections, tasks, guards } = program.work.counts();
    if connections > 0 {
        let mut connections = counted(connections, "connection");
        let described = program.connections.describe();
        if !described.is_empty() {
            connections = format!("{connections} ({described})");
        }
        what.push(connections);
    }
    if tasks > 0 {
        what.push(counted(tasks, "tracked task"));
    }
    if guards > 0 {
        what.push(format!("{guards} in flight"));
    }
    if let Some(in_scopes) = program.scopes().and_then(Part::describe) {
        what.push(format!("of these {in_scopes}"));
    }
    // In the drain those of the teardown are of scopes.
    let phases = [HandlerPhase::Drain, HandlerPhase::Teardown];
    let handlers = phases.into_iter().flat_map(|phase| shutdown.recorder.running(phase));
    what.extend(handlers.map(|name| format!("handler `{}`", escape(&name))));
    join(&what, ", ")
}
