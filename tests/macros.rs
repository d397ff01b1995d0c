//! What `#[on_shutdown]` and `#[health_check]` register, and what becomes of what the functions get and return.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

use graceful::{Config, HealthReport, HealthStatus, Outcome};

mod planned {
    use graceful::on_shutdown;

    /// The line of the next function but one.
    pub(crate) const LINE: u32 = line!() + 2;
    #[on_shutdown(priority = 7, timeout = "1m 30s", phase = "drain")]
    pub(crate) async fn unnamed() {}

    #[on_shutdown(priority = -7, name = "the \"database\"")]
    fn named() {}

    /// As the items that the attribute expands to are called.
    const TEXT: i32 = i32::MIN;

    mod limits {
        use std::time::Duration;

        pub(super) const META: Duration = Duration::from_micros(1_500_001);
    }

    #[on_shutdown(priority = -(TEXT + 1), timeout = limits::META)]
    fn constants() {}

    mod nested {
        #[graceful::on_shutdown]
        async fn r#unnamed() {}
    }

    #[on_shutdown(phase = "flush", timeout = "1s")]
    fn last() {}
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

    /// It has a tenth of its timeout to be dropped: on a busy machine that must not be too little.
    #[on_shutdown(timeout = "500ms")]
    async fn never() -> ! {
        std::future::pending().await
    }
}

mod arguments {
    use graceful::{CancellationToken, Deadline, Reason, Resource, on_shutdown};

    #[derive(Clone)]
    pub(crate) struct Provided(pub(crate) &'static str);

    #[derive(Clone)]
    pub(crate) struct NotProvided;

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

mod checks {
    use std::convert::Infallible;
    use std::error::Error;
    use std::fmt::Display;
    use std::io;

    use graceful::{CancellationToken, Deadline, Health, Resource, health_check, on_shutdown};

    use super::arguments::{NotProvided, Provided};

    #[health_check]
    pub(crate) async fn works() -> bool {
        true
    }

    #[health_check]
    fn fails() -> bool {
        false
    }

    #[health_check(name = "the \"cache\"")]
    async fn named() -> Health {
        Health::Degraded("slow".to_owned())
    }

    #[health_check]
    fn r#type() -> Result<Health, Infallible> {
        Ok(Health::Healthy)
    }

    #[health_check]
    async fn text() -> Result<Health, &'static str> {
        Err("text")
    }

    #[health_check]
    fn io() -> io::Result<()> {
        Err(io::Error::other("refused"))
    }

    struct Convertible;

    impl From<Convertible> for Box<dyn Error + Send + Sync> {
        fn from(_: Convertible) -> Self {
            "converted".into()
        }
    }

    type Converted = Result<(), Convertible>;

    #[health_check]
    async fn converted() -> Converted {
        Err(Convertible)
    }

    #[health_check]
    fn opaque() -> Result<(), impl Display> {
        Err("opaque")
    }

    #[health_check]
    async fn provided(
        Resource(Provided(name)): Resource<Provided>,
        deadline: Deadline,
        token: CancellationToken,
        none: Option<Resource<NotProvided>>,
    ) -> Result<(), String> {
        let in_time = !deadline.remaining().is_zero() && !token.is_cancelled();
        Err(format!("{name} {in_time} {}", none.is_some()))
    }

    #[health_check]
    async fn missing(_: Resource<Provided>, _: Resource<NotProvided>) -> bool {
        unreachable!()
    }

    #[health_check(timeout = "10ms")]
    async fn never_ends() -> bool {
        std::future::pending().await
    }

    #[on_shutdown]
    #[health_check]
    async fn also_a_handler(_: Resource<Provided>) -> Result<(), &'static str> {
        Err("twice")
    }
}

/// A test binary has its own main. This one is here for the test that it generates, which does not configure it.
#[graceful::main(grace_period = "22s", configure = settings)]
async fn main() {}

fn settings(_: Config) -> Config {
    unreachable!("main does not run")
}

#[test]
#[should_panic(expected = "grace period")]
fn the_generated_test_fails_when_the_plan_does_not_fit() {
    graceful::__private::assert_plan(
        Config::new().grace_period(Duration::from_secs(4)).handler_timeout(Duration::from_secs(2)),
    );
}

#[test]
fn the_plan_knows_every_key() {
    let plan = graceful::plan();
    let planned: Vec<_> = plan
        .handlers()
        .iter()
        .filter(|handler| handler.location().starts_with("tests/macros.rs"))
        .filter(|handler| handler.name().starts_with("planned") || handler.name().starts_with("the"))
        .map(|handler| (handler.name(), handler.priority(), handler.timeout(), handler.phase()))
        .collect();
    let (drain, teardown) = (graceful::HandlerPhase::Drain, graceful::HandlerPhase::Teardown);
    let flush = graceful::HandlerPhase::Flush;
    let secs = Duration::from_secs;
    // Another test of this process may have run with another grace period.
    let default = plan.grace_period() / 8;
    assert_eq!(
        planned,
        [
            ("planned::unnamed", 7, secs(90), drain),
            ("planned::constants", i32::MAX, Duration::from_micros(1_500_001), teardown),
            ("planned::nested::unnamed", 0, default, teardown),
            ("the \"database\"", -7, default, teardown),
            ("planned::last", 0, secs(1), flush),
        ]
    );
    let unnamed = plan.handlers().iter().find(|handler| handler.name() == "planned::unnamed");
    assert_eq!(unnamed.unwrap().location(), format!("tests/macros.rs:{}", planned::LINE));
}

/// `cargo graceful` reads the record, whose numbers the compiler has put there.
#[test]
fn the_record_has_the_values_of_constants() {
    let linked = graceful::__private::inventory::iter::<graceful::__private::Linked<graceful::__private::Handler>>;
    let mut descriptions = linked.into_iter().map(|linked| (linked.description)());
    let constants = descriptions.find(|handler| handler.path.ends_with("::constants")).unwrap();
    let record = str::from_utf8(constants.meta).unwrap();
    assert!(record.contains(r#","priority":2147483647,"timeout_ms":1501,"phase":"teardown","#), "{record}");
}

/// One run of the program, and there is but one: what its health checks found, and how its handlers ended.
struct Run {
    health: HealthReport,
    outcomes: BTreeMap<String, Outcome>,
    code: ExitCode,
}

static RUN: LazyLock<Run> = LazyLock::new(|| {
    let (report_sender, report) = mpsc::channel();
    let (health_sender, health) = mpsc::channel();
    graceful::on_report(move |report| {
        let outcomes = report.handlers().iter();
        let outcomes: BTreeMap<_, _> =
            outcomes.map(|handler| (handler.name().to_owned(), handler.outcome().clone())).collect();
        report_sender.send(outcomes).unwrap();
    });
    let code = Config::new()
        .grace_period(Duration::from_secs(20))
        .run(async move {
            // What has the attribute stays a function.
            planned::unnamed().await;
            assert!(checks::works().await);
            graceful::provide(arguments::Provided("it"));
            health_sender.send(graceful::health().await).unwrap();
        })
        .unwrap();
    Run { health: health.recv().unwrap(), outcomes: report.recv().unwrap(), code }
});

#[test]
fn the_report_knows_every_outcome() {
    let Run { outcomes, code, .. } = &*RUN;
    assert_eq!(*code, ExitCode::FAILURE);

    let failed = |text: &str| Outcome::Failed(text.into());
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
        ("checks::also_a_handler", failed("twice")),
    ] {
        assert_eq!(outcomes.get(name), Some(&outcome), "{name}");
    }
}

#[test]
fn health_knows_every_component() {
    let components = RUN.health.components().iter();
    let found: Vec<_> =
        components.map(|component| (component.name(), component.status(), component.message())).collect();
    let unhealthy = |name, message| (name, HealthStatus::Unhealthy, Some(message));
    assert_eq!(
        found,
        [
            unhealthy("checks::also_a_handler", "twice"),
            unhealthy("checks::converted", "converted"),
            ("checks::fails", HealthStatus::Unhealthy, None),
            unhealthy("checks::io", "refused"),
            unhealthy("checks::missing", "no macros::arguments::NotProvided was provided"),
            unhealthy("checks::never_ends", "timed out after 10 ms"),
            unhealthy("checks::opaque", "opaque"),
            unhealthy("checks::provided", "it true false"),
            unhealthy("checks::text", "text"),
            ("checks::type", HealthStatus::Healthy, None),
            ("checks::works", HealthStatus::Healthy, None),
            ("the \"cache\"", HealthStatus::Degraded, Some("slow")),
        ]
    );
}

/// What a wrapper around the functions of the crate can name.
mod wrappers {
    use graceful::{
        CriticalReturn, Error, HandlerRegistration, HandlerReturn, HealthCheckRegistration, HealthCheckReturn,
    };

    pub(super) fn handler<T: HandlerReturn + 'static>(job: fn() -> T) -> Result<HandlerRegistration, Error> {
        graceful::handler("wrapped").register_blocking(job)
    }

    pub(super) fn check<T: HealthCheckReturn + 'static>(job: fn() -> T) -> Result<HealthCheckRegistration, Error> {
        graceful::health_check("wrapped").register_blocking(job)
    }

    pub(super) fn critical<F>(future: F) -> tokio::task::JoinHandle<<F::Output as CriticalReturn>::Output>
    where
        F: Future<Output: CriticalReturn<Output: Send> + Send> + Send + 'static,
    {
        graceful::spawn_critical("wrapped", future)
    }
}

#[test]
fn every_trait_in_a_bound_can_be_named() {
    // That they compile is the test. They are not called: another test runs the program of this process.
    let _ = (wrappers::handler::<Result<(), String>>, wrappers::check::<bool>);
    let _ = wrappers::critical::<std::future::Ready<Result<u8, String>>>;
}

#[test]
fn the_second_names_are_the_same_items() {
    use graceful::{DoesNotFit, Draining, Group, Registration};

    let _: fn(Draining) -> graceful::DrainingError = |same| same;
    let _: fn(DoesNotFit) -> graceful::PlanError = |same| same;
    let _: fn(Registration) -> graceful::HandlerRegistration = |same| same;
    let _: for<'a> fn(Group<'a>) -> graceful::PlanGroup<'a> = |same| same;
    let _: [fn(u8); 2] = [graceful::exit, graceful::request_exit];
    let _: [fn(); 2] = [graceful::ready, graceful::set_ready];
    let _: [fn() -> graceful::Reason; 2] = [graceful::wait_for_shutdown, graceful::wait_for_trigger];
    let _: [fn(Duration) -> _; 2] = [graceful::wait_for_shutdown_timeout, graceful::wait_for_trigger_timeout];
    let _ = (graceful::drain_ends_in, graceful::before_drain_ends);
}
