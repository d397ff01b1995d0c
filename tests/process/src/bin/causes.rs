//! Errors of the program's own type, which it gets back from the report.

use std::error::Error;
use std::fmt;
use std::io;

use graceful::{Outcome, on_shutdown};
use graceful_process_tests::inside::{say, scenario};

/// An error with a cause.
#[derive(Debug)]
struct Refused {
    status: u16,
    cause: io::Error,
}

impl Refused {
    fn with(status: u16) -> Self {
        Self { status, cause: io::ErrorKind::ConnectionReset.into() }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused with status {}", self.status)
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

fn main() {
    graceful::on_report(|report| {
        for handler in report.handlers() {
            describe(handler.name(), Some(handler.outcome()));
        }
        for task in report.failed_tasks() {
            describe(task.name(), Some(task.outcome()));
        }
        describe("main", report.main_failure());
    });
    match &*scenario() {
        "async" => of_async::main(),
        "plain" => of_plain::main(),
        "panics" => panics::main(),
        other => panic!("no scenario `{other}`"),
    }
}

/// What the program can find out about a failure.
fn describe(name: &str, outcome: Option<&Outcome>) {
    let Some(outcome) = outcome else { return say(format_args!("{name}: nothing")) };
    let status = match outcome {
        Outcome::Failed(failure) => failure.downcast_ref().map(|refused: &Refused| refused.status),
        _ => None,
    };
    let cause = outcome.source().and_then(Error::source).and_then(|cause| cause.downcast_ref::<io::Error>());
    say(format_args!("{name}: {outcome}, {status:?}, {:?}", cause.map(io::Error::kind)));
}

mod of_async {
    #[graceful::main]
    pub(super) async fn main() -> Result<(), super::Refused> {
        let task = graceful::spawn_critical("consumer", async { Err::<(), _>(super::Refused::with(502)) });
        let failure = task.await.expect("it does not panic").expect_err("it fails");
        assert!(failure.downcast_ref::<super::Refused>().is_some(), "the caller and the report share the error");
        Err(super::Refused::with(503))
    }
}

mod of_plain {
    #[graceful::main(plan_test = false)]
    pub(super) fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Err(super::Refused::with(504).into())
    }
}

mod panics {
    #[graceful::main(plan_test = false)]
    pub(super) async fn main() {
        let task = graceful::spawn_critical("consumer", async {
            if graceful::in_flight() > 0 {
                panic!("poisoned");
            }
        });
        assert!(task.await.expect_err("the panic continues").is_panic());
        panic!("out of cheese");
    }
}

#[on_shutdown]
async fn typed() -> Result<(), Refused> {
    Err(Refused::with(500))
}

#[on_shutdown(priority = -1)]
fn boxed() -> Result<(), Box<dyn Error + Send + Sync>> {
    Err(Refused::with(501).into())
}
