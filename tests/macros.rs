//! What `#[on_shutdown]` registers, and what becomes of what the functions get and return.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use graceful::{Config, Outcome};

mod planned {
    use graceful::on_shutdown;

    /// The line of the next function but one.
    pub(crate) const LINE: u32 = line!() + 2;
    #[on_shutdown(priority = 7, timeout = "1m 30s", phase = "drain")]
    pub(crate) async fn unnamed() {}

    #[on_shutdown(priority = -7, name = "the \"database\"")]
    fn named() {}

    mod nested {
        #[graceful::on_shutdown]
        async fn r#unnamed() {}
    }
}

mod returns {
    use std::error::Error;
    use std::fmt::{self, Display, Formatter};

    use graceful::on_shutdown;

    #[on_shutdown]
    async fn nothing() {}

    #[on_shutdown]
    async fn ok() -> Result<(), String> {
        Ok(())
    }

    #[on_shutdown]
    fn text() -> Result<(), &'static str> {
        Err("text")
    }

    #[on_shutdown]
    async fn boxed() -> Result<(), Box<dyn Error>> {
        Err("boxed".into())
    }

    /// Tells its cause when asked to, as `anyhow` does.
    struct Chain;

    impl Display for Chain {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            f.write_str(if f.alternate() { "failed: because" } else { "failed" })
        }
    }

    #[on_shutdown]
    async fn chain() -> Result<(), Chain> {
        Err(Chain)
    }

    struct Convertible;

    impl From<Convertible> for Box<dyn Error + Send + Sync> {
        fn from(_: Convertible) -> Self {
            "converted".into()
        }
    }

    type Converted = Result<(), Convertible>;

    #[on_shutdown]
    async fn converted() -> Converted {
        Err(Convertible)
    }

    #[on_shutdown]
    fn opaque() -> Result<(), impl Display> {
        Err("opaque")
    }

    #[on_shutdown(timeout = "10ms")]
    async fn never() -> ! {
        std::future::pending().await
    }
}

mod arguments {
    use graceful::{CancellationToken, Deadline, Reason, Resource, on_shutdown};

    #[derive(Clone)]
    pub(crate) struct Provided(pub(crate) &'static str);

    #[derive(Clone)]
    struct NotProvided;

    #[on_shutdown]
    async fn patterns(Resource(Provided(name)): Resource<Provided>, reason: Reason) -> Result<(), String> {
        Err(format!("{name} after {reason:?}"))
    }

    #[on_shutdown]
    fn optional(
        deadline: Deadline,
        none: Option<Resource<NotProvided>>,
        some: Option<Resource<Provided>>,
        cancelled: CancellationToken,
    ) -> Result<(), String> {
        let in_time = !deadline.remaining().is_zero() && !cancelled.is_cancelled();
        Err(format!("{in_time} {} {}", none.is_some(), some.is_some()))
    }

    #[on_shutdown]
    async fn missing(_: Resource<Provided>, _: Resource<NotProvided>) {
        unreachable!()
    }
}

/// A test binary has a main of its own. This one is here for the test that it generates.
#[graceful::main(grace_period = "20s")]
async fn main() {}

#[test]
#[should_panic(expected = "grace period")]
fn the_generated_test_fails_when_the_plan_does_not_fit() {
    graceful::__private::assert_plan(Config::new().grace_period(Duration::from_secs(4)));
}

#[test]
fn the_plan_knows_every_key() {
    let plan = graceful::plan();
    let planned: Vec<_> = plan
        .handlers()
        .iter()
        .filter(|handler| handler.location().starts_with("tests/macros.rs"))
        .filter(|handler| handler.name().starts_with("planned") || handler.name().starts_with("the"))
        .map(|handler| (handler.name(), handler.priority(), handler.timeout().as_secs(), handler.phase()))
        .collect();
    let (drain, teardown) = (graceful::HandlerPhase::Drain, graceful::HandlerPhase::Teardown);
    assert_eq!(
        planned,
        [
            ("planned::unnamed", 7, 90, drain),
            ("planned::nested::unnamed", 0, 5, teardown),
            ("the \"database\"", -7, 5, teardown),
        ]
    );
    let unnamed = plan.handlers().iter().find(|handler| handler.name() == "planned::unnamed");
    assert_eq!(unnamed.unwrap().location(), format!("tests/macros.rs:{}", planned::LINE));
}

#[test]
fn the_report_knows_every_outcome() {
    let (sender, receiver) = mpsc::channel();
    graceful::on_report(move |report| {
        let outcomes = report.handlers().iter();
        let outcomes: BTreeMap<_, _> =
            outcomes.map(|handler| (handler.name().to_owned(), handler.outcome().clone())).collect();
        sender.send(outcomes).unwrap();
    });
    let code = Config::new()
        .grace_period(Duration::from_secs(20))
        .run(async {
            // What has the attribute stays a function.
            planned::unnamed().await;
            graceful::provide(arguments::Provided("it"));
        })
        .unwrap();
    assert_eq!(code, ExitCode::FAILURE);

    let outcomes = receiver.recv().unwrap();
    let failed = |text: &str| Outcome::Failed(text.to_owned());
    for (name, outcome) in [
        ("planned::unnamed", Outcome::Completed),
        ("returns::nothing", Outcome::Completed),
        ("returns::ok", Outcome::Completed),
        ("returns::text", failed("text")),
        ("returns::boxed", failed("boxed")),
        ("returns::chain", failed("failed: because")),
        ("returns::converted", failed("converted")),
        ("returns::opaque", failed("opaque")),
        ("returns::never", Outcome::TimedOut { blocked: false }),
        ("arguments::patterns", failed("it after MainReturned")),
        ("arguments::optional", failed("true false true")),
        ("arguments::missing", Outcome::Skipped("macros::arguments::NotProvided".to_owned())),
    ] {
        assert_eq!(outcomes.get(name), Some(&outcome), "{name}");
    }
}
