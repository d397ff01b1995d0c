//! A program that something goes wrong with: which, and where, its one argument says. It tells what happens on the socket.

mod handlers;
mod participants;
mod starve;
mod strike;

use std::ops::ControlFlow;
use std::panic;
use std::sync::LazyLock;

use graceful_fault_tests::{Combination, Fault, Flavour, Place, Timing, Trigger};
use graceful_process_tests::inside::{scenario, tell};
use tokio::runtime::Handle;

static COMBINATION: LazyLock<Combination> = LazyLock::new(|| scenario().parse().expect("a combination"));

/// The one that this process is about.
fn combination() -> Combination {
    *COMBINATION
}

/// A main of some flavour: one whose handlers have little time, and one whose handlers have much.
macro_rules! mains {
    ($name:ident: [$($keys:tt)*] [$($main:tt)*] $body:expr) => {
        mod $name {
            pub(super) fn main() {
                match crate::combination().timing() {
                    crate::Timing::Short => short::main(),
                    crate::Timing::Long => long::main(),
                }
            }

            mod short {
                #[graceful::main(handler_timeout = "500ms", plan_test = false, $($keys)*)]
                pub(super) $($main)* main() -> Result<(), String> { $body }
            }

            mod long {
                #[graceful::main(handler_timeout = "1200ms", plan_test = false, $($keys)*)]
                pub(super) $($main)* main() -> Result<(), String> { $body }
            }
        }
    };
}

mains!(multi_2: [worker_threads = 2] [async fn] crate::body().await);
mains!(multi_1: [worker_threads = 1] [async fn] crate::body().await);
mains!(current: [flavor = "current_thread"] [async fn] crate::body().await);
mains!(plain: [worker_threads = 2] [fn] crate::plain_body());

fn main() {
    starve::no_core_file();
    if combination().fault == Fault::PanicTwice {
        // The one of std prints a backtrace before it aborts, and looks longer for its lines than a handler may take.
        panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    }
    match combination().flavour {
        Flavour::Multi2 => multi_2::main(),
        Flavour::Multi1 => multi_1::main(),
        Flavour::Current => current::main(),
        Flavour::Plain => plain::main(),
    }
}

async fn body() -> Result<(), String> {
    participants::begin();
    strike::strike(Place::RunningMain).await?;
    participants::struck_while_running().await;
    tell("ready");
    if let ControlFlow::Break(end) = pull() {
        return end;
    }
    graceful::drain_started().await;
    let end = strike::strike(Place::DrainMain).await;
    tell("ended main");
    end
}

fn plain_body() -> Result<(), String> {
    let runtime = Handle::current();
    participants::begin();
    strike::strike_plainly(Place::RunningMain)?;
    runtime.block_on(participants::struck_while_running());
    tell("ready");
    if let ControlFlow::Break(end) = pull() {
        return end;
    }
    runtime.block_on(graceful::drain_started());
    let end = strike::strike_plainly(Place::DrainMain);
    tell("ended main");
    end
}

/// Pulls the trigger, unless it comes from outside. Some end main.
fn pull() -> ControlFlow<Result<(), String>> {
    let trigger = combination().trigger;
    if !trigger.is_signal() {
        tell("triggers");
    }
    match trigger {
        Trigger::Request => graceful::request_shutdown(),
        Trigger::Exit => graceful::exit(7),
        Trigger::MainOk => return ControlFlow::Break(Ok(())),
        Trigger::MainErr => return ControlFlow::Break(Err("of main".to_owned())),
        Trigger::MainPanic => panic!("of main"),
        Trigger::Critical => drop(graceful::spawn_critical("critical", async { Err::<(), _>("of the task") })),
        _ => {}
    }
    ControlFlow::Continue(())
}
