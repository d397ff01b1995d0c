//! Where a handler begins: on the application's runtime, on main's thread, or on its own.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::Instant;

use super::{Alarm, Begun, RunRef, Step};
use crate::handler::Job;
use crate::handler::async_call::AsyncCall;
use crate::handler::schedule::Circumstances;
use crate::handler::task::{OnTheRuntime, OnThisThread};
use crate::report::HandlerId;
use crate::spawn;

/// How long the runtime may take to begin a handler before the handler gets its own thread. A runtime that was only slow
/// does no harm: the handler runs once, wherever it begins first.
const BEGIN_TIMEOUT: Duration = Duration::from_millis(100);

/// How many handlers a worker of the runtime takes at once. To spawn each of them from the supervisor's thread would wake a worker
/// for nearly every one, since it has run the last one and sleeps again before the next one comes.
const TOGETHER: usize = 128;

/// Lets the runtime run these handlers.
pub(in crate::handler) fn hand_over(app: &Handle, mut handlers: Vec<RunRef>) {
    while !handlers.is_empty() {
        let some = handlers.split_off(handlers.len().saturating_sub(TOGETHER));
        spawn::task(app, async {
            let app = Handle::current();
            some.into_iter().for_each(|run| drop(spawn::task(&app, OnTheRuntime(OnThisThread::new(run)))));
        });
    }
}

impl RunRef {
    /// Its turn has come: leaves the handler `for_the_runtime`, or gives it to main's thread, if it runs alone in its group. A
    /// plain handler gets its own thread. Returns when [`due`](Self::due) must be called.
    ///
    /// `spawn_blocking` would panic when the system has no thread left, and not run the handler. Here it runs on one of the
    /// runtime's threads in that case, and blocks it.
    pub(in crate::handler) fn begin(
        self,
        id: HandlerId,
        now: Instant,
        allowance: Duration,
        is_alone: bool,
        for_the_runtime: &mut Vec<Self>,
    ) -> Instant {
        let at = now + BEGIN_TIMEOUT.min(allowance / 4);
        let mut state = self.state();
        state.begun = Some(Begun { id, allowance, deadline: now + allowance, is_alone });
        state.alarm = Some(Alarm { at, step: Step::BeginElsewhere });
        let is_plain = matches!(state.job, Some(Job::Blocking(_)));
        drop(state);
        let has_begun = if is_plain { self.begin_on_a_thread() } else { is_alone && self.begin_on_mains_thread() };
        if !has_begun {
            for_the_runtime.push(self);
        }
        at
    }

    /// `false` when main's thread is not free, or must stay free to drive the runtime and to drop its tasks: a handler may block it.
    fn begin_on_mains_thread(&self) -> bool {
        let Circumstances { app, main_thread, .. } = self.circumstances();
        let has_workers = app.runtime_flavor() == RuntimeFlavor::MultiThread;
        has_workers && app.metrics().num_alive_tasks() == 0 && main_thread.takes(self)
    }

    /// `false` when the system has no thread left.
    pub(super) fn begin_on_a_thread(&self) -> bool {
        let run = self.clone();
        let begin = move || {
            let app = run.circumstances().app.clone();
            match run.take() {
                Some(Job::Async(function)) => {
                    let call: Pin<Box<dyn Future<Output = ()>>> = Box::pin(AsyncCall::new(run, function));
                    app.block_on(call);
                }
                Some(Job::Blocking(function)) => {
                    let _runtime = app.enter();
                    run.call(function);
                }
                None => {}
            }
        };
        spawn::thread("graceful-handler", begin).is_ok()
    }
}
