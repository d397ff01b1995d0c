//! The fault, when its place is reached.

use std::future::pending;
use std::io;
use std::process;
use std::thread;

use graceful::HandlerPhase;
use graceful_fault_tests::{Fault, Place};
use graceful_process_tests::inside::{block, close_stderr, tell};
use tokio::sync::SetOnce;

use crate::handlers::Shown;
use crate::{combination, starve};

/// The fault has struck, or is about to for good.
pub(crate) static STRUCK: SetOnce<()> = SetOnce::const_new();

/// Whatever way it is left.
struct Struck;

impl Drop for Struck {
    fn drop(&mut self) {
        let _ = STRUCK.set(());
    }
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("when dropped");
    }
}

/// In asynchronous code.
pub(crate) async fn strike(place: Place) -> Result<(), String> {
    if combination().place != place {
        return Ok(());
    }
    let struck = begin();
    if combination().fault.needs_async() {
        drop(struck);
        let _last = (combination().fault == Fault::HangDropPanic).then(|| PanicsWhenDropped);
        return pending().await;
    }
    act(struck)?;
    if combination().holds() {
        pending::<()>().await;
    }
    Ok(())
}

/// Where nothing can be awaited.
pub(crate) fn strike_plainly(place: Place) -> Result<(), String> {
    if combination().place != place {
        return Ok(());
    }
    act(begin())?;
    if combination().holds() {
        block();
    }
    Ok(())
}

fn begin() -> Struck {
    let thread = thread::current();
    tell(format_args!("striking on {}", thread.name().unwrap_or("?")));
    Struck
}

fn act(struck: Struck) -> Result<(), String> {
    let fault = combination().fault;
    if fault.never_returns() {
        drop(struck);
    }
    match fault {
        Fault::None | Fault::Hang | Fault::HangDropPanic | Fault::Stopped => {}
        Fault::Block | Fault::Ignore => block(),
        Fault::Panic => panic!("struck"),
        Fault::PanicTwice => {
            let _bomb = PanicsWhenDropped;
            panic!("struck");
        }
        Fault::Error => return Err("struck".to_owned()),
        Fault::StdExit => process::exit(5),
        Fault::GracefulExit => graceful::exit(5),
        Fault::Registers => register(),
        Fault::Spawns => spawn(),
        Fault::Requests => graceful::request_shutdown(),
        Fault::TakesGuards => take_guards(),
        Fault::LeaksGuard => std::mem::forget(graceful::track()),
        Fault::StderrClosed => {
            close_stderr();
            eprintln!("struck");
        }
        // Careless, as most programs are.
        Fault::StderrBroken | Fault::StderrFull => eprintln!("struck"),
        Fault::StdoutClosed => {
            starve::close_stdout();
            println!("struck");
        }
        Fault::StdoutBroken | Fault::StdoutFull => println!("struck"),
        Fault::NoDescriptors => {
            starve::descriptors();
            tell(format_args!("starved {}", io::pipe().is_err()));
        }
        Fault::NoThreads => {
            starve::threads(0);
            tell(format_args!("starved {}", thread::Builder::new().spawn(|| ()).is_err()));
        }
    }
    tell("struck");
    Ok(())
}

fn register() {
    for (name, phase, priority) in [("late_drain", HandlerPhase::Drain, 15), ("late", HandlerPhase::Teardown, 25)] {
        let registered = graceful::handler(name).phase(phase).priority(priority).register(move || async move {
            let _shown = Shown::begin(name);
        });
        let how = registered.map_or_else(|error| format!("{:?}", error.kind()), |_| "Ok".to_owned());
        tell(format_args!("registers {name} {how}"));
    }
}

fn spawn() {
    graceful::spawn(async {
        tokio::task::yield_now().await;
        tell("ended spawned");
    });
    graceful::spawn_blocking(|| tell("ended spawned_blocking"));
}

fn take_guards() {
    let always = graceful::track();
    let maybe = graceful::try_track();
    tell(format_args!("guarded {}", maybe.is_ok()));
    drop((always, maybe));
}
