//! The thread that sees to it that the process ends: it hears the signals, owns the deadline, and runs the sequence.
//!
//! It shares nothing with the application's runtime that could hold it up, and speaks through [`Voice`] only.
//!
//! [`Voice`]: crate::voice::Voice

mod conclusion;
mod deadline;
mod surroundings;

use std::future::pending;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::time::sleep;

use self::surroundings::Surroundings;
use crate::budget;
use crate::drive::Drive;
use crate::error::{Error, ErrorKind};
use crate::exit::{self, code};
use crate::ladder::{Step, climb};
#[cfg(feature = "probes")]
use crate::probes;
use crate::program::{Program, program};
use crate::record::Record;
use crate::sequence::{self, Stage};
use crate::signal::Signals;
#[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
use crate::unready::warn_if_never_ready;

/// What becomes of the process when all is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The thread that takes the last step ends it; if it doesn't, the supervisor does.
    Exit,
    /// Main's thread gets the code, to return it.
    Return,
}

/// How long another thread may take to end the process, before one of its own does.
const TO_EXIT: Duration = Duration::from_millis(50);

/// A supervisor that has its signals, and not yet its thread: main's body waits for the one, not for the other.
pub(crate) struct Supervisor {
    runtime: Runtime,
    signals: Signals,
    surroundings: Surroundings,
    #[cfg(feature = "probes")]
    probes: Option<tokio::net::TcpListener>,
}

impl Supervisor {
    /// From here on none of the signals ends the process any more.
    pub(crate) fn arm(program: &'static Program) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|cause| cannot_start("the supervisor's runtime", cause))?;
        program.set_supervisor(runtime.handle().clone());
        let entered = runtime.enter();
        let signals = Signals::register(program.config().listens_to())?;
        #[cfg(feature = "probes")]
        let probes = probes::bind(program)?;
        drop(entered);
        Ok(Self {
            runtime,
            signals,
            surroundings: Surroundings::find(program),
            #[cfg(feature = "probes")]
            probes,
        })
    }

    /// Gives it its thread. What this returns gets the exit code.
    pub(crate) fn start(
        self,
        program: &'static Program,
        ending: Ending,
        app: Handle,
    ) -> Result<oneshot::Receiver<u8>, Error> {
        let (ended, line) = oneshot::channel();
        let supervise = move || {
            if catch_unwind(AssertUnwindSafe(|| self.supervise(program, ending, app, ended))).is_err() {
                // The panic hook has said where. Without its supervisor the process would not end in time.
                exit::now(code::UNCLEAN);
            }
        };
        thread::Builder::new()
            .name("graceful-supervisor".to_owned())
            .spawn(supervise)
            .map(|_| line)
            .map_err(|cause| cannot_start("the supervisor's thread", cause))
    }

    fn supervise(self, program: &'static Program, ending: Ending, app: Handle, ended: oneshot::Sender<u8>) {
        #[cfg(feature = "probes")]
        let probes = self.probes;
        let (runtime, signals, surroundings) = (self.runtime, self.signals, self.surroundings);
        let supervision = async move {
            tokio::spawn(listen(program, signals, surroundings.clone()));
            surroundings.attend(program, &app);
            #[cfg(feature = "probes")]
            if let Some(listener) = probes {
                tokio::spawn(probes::serve(program, listener, app.clone()));
            }
            #[cfg(any(feature = "json", all(feature = "systemd", target_os = "linux")))]
            tokio::spawn(warn_if_never_ready(program, surroundings.wait_for_ready()));
            let guard = tokio::spawn(deadline::guard(program, surroundings.clone()));
            let (code, by_me) = see_through(program, app, ending, surroundings).await;
            let main_waits = program.main.end().is_some();
            match ending {
                Ending::Return if main_waits => {
                    guard.abort();
                    let _ = ended.send(code);
                }
                // A main that blocks for ever would never take the code.
                Ending::Exit | Ending::Return => {
                    // Whoever else took the last step is about to exit. Otherwise main's thread can, if it is free.
                    if !by_me || main_waits && ended.send(code).is_ok() {
                        sleep(TO_EXIT).await;
                    }
                    leave(code);
                    // The guard stays at its post: what runs at exit may block too.
                    pending::<()>().await;
                }
            }
        };
        // A task: what wakes the outermost future writes to a file, also from its own thread.
        if runtime.block_on(async { tokio::spawn(supervision).await }).is_err() {
            exit::now(code::UNCLEAN);
        }
    }
}

pub(crate) fn cannot_start(what: &str, cause: io::Error) -> Error {
    Error::caused(ErrorKind::Runtime, format!("cannot start {what}"), cause)
}

/// Waits for the shutdown and takes it to its end. Gives the exit code, and whether this thread has taken the last step.
async fn see_through(program: &'static Program, app: Handle, ending: Ending, surroundings: Surroundings) -> (u8, bool) {
    let (result, concluded) = oneshot::channel();
    let steps = async move {
        let trigger = program.lifecycle.requested().await;
        let record = Arc::new(Record::new(trigger, Instant::now));
        program.set_record(Arc::clone(&record));
        let stage = Stage { program, record, app };
        sequence::run(&stage).await;
        // Here too: this may be another thread, and end the process before the supervisor's has said a word.
        surroundings.tell(program);
        let code = conclusion::conclude(&stage, &surroundings).await;
        if !program.take_the_end() {
            // It is being ended by force at this moment.
            pending::<()>().await;
        }
        if ending == Ending::Exit {
            program.set_over(code);
        }
        let _ = result.send(code);
    };
    let drive = Drive::new(steps, || exit::now(code::UNCLEAN), exit_if_over);
    program.set_drive(Arc::clone(&drive));
    let by_me = drive.finished().await;
    (concluded.await.unwrap_or(code::UNCLEAN), by_me)
}

/// Ends the process from a thread of the application, which saves the way to another.
#[cfg_attr(not(test), expect(clippy::exit, reason = "this is the exit"))]
fn exit_if_over() {
    if let Some(code) = program().over() {
        std::process::exit(i32::from(code));
    }
}

/// Turns signals into steps.
async fn listen(program: &'static Program, mut signals: Signals, surroundings: Surroundings) {
    loop {
        let signal = signals.next().await;
        if climb(program, signal) == Step::ExitNow {
            // Also where the end is another's already: that one may be stuck in it.
            program.take_the_end();
            let doing = program.record().map_or_else(String::new, |record| record.last_words(""));
            let words = format!("graceful: {signal} again, exiting at once with code {}: {doing}\n", code::INTERRUPTED);
            let patience = budget::last_words(program.config().timing().grace_period);
            let end = Instant::now() + patience;
            program.voice.stderr(words);
            surroundings.report_as_it_stands(program, code::INTERRUPTED);
            program.voice.stderr_finished(patience).await;
            surroundings.reported(end.saturating_duration_since(Instant::now())).await;
            exit::now(code::INTERRUPTED);
        }
    }
}

/// Ends the process the usual way: standard output is flushed and `atexit` runs, on a thread that may block.
#[cfg_attr(not(test), expect(clippy::exit, reason = "this is the exit"))]
fn leave(code: u8) {
    let leave = move || std::process::exit(i32::from(code));
    if thread::Builder::new().name("graceful-exit".to_owned()).spawn(leave).is_err() {
        exit::now(code);
    }
}
