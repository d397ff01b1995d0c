//! The attributes of the crate [`graceful`](https://docs.rs/graceful). Use that one.

mod address;
mod args;
mod duration;
mod errors;
mod expand;
mod health_check;
mod item_fn;
mod main_attr;
mod meta;
mod on_shutdown;
mod registered;
mod returned;
#[cfg(test)]
mod tests;
mod value;

use proc_macro::TokenStream;

/// Runs an `async fn main`, or a plain one, and then the shutdown.
///
/// Takes the place of `#[tokio::main]`. From the first line of main's body on, SIGTERM and SIGINT are handled; whatever
/// starts the shutdown, also that main returns, fails or panics, the work in flight is finished, the functions under
/// [`#[on_shutdown]`](macro@on_shutdown) run, and the process is gone before the grace period ends.
///
/// ```no_run
/// # async fn serve() -> Result<(), std::io::Error> { Ok(()) }
/// #[graceful::main(grace_period = "30s", lame_duck = "5s", drain_timeout = "15s")]
/// async fn main() -> Result<(), std::io::Error> {
///     serve().await
/// }
/// ```
///
/// # Keys
///
/// All of them are optional.
///
/// | key | default | meaning |
/// |---|---|---|
/// | `grace_period` | `"30s"` | the whole budget, from the trigger to the forced exit |
/// | `lame_duck` | `"0s"` | not ready any more, still serving, so that load balancers can look away |
/// | `drain_timeout` | half of what the lame duck leaves | how long work in flight may take to finish |
/// | `handler_timeout` | `"5s"` | the timeout of a shutdown handler that has none of its own |
/// | `signals` | `[SIGTERM, SIGINT]` | what starts the shutdown, of these and `SIGHUP`, `SIGQUIT`, `SIGUSR1`, `SIGUSR2` |
/// | `health_cache` | `"1s"` | for how long the outcome of the [health checks](macro@health_check) is reused |
/// | `probes` | none are served | where the supervisor serves the probes: `"0.0.0.0:8081"`, `"[::]:8081"` |
/// | `heartbeat_timeout` | `"10s"` | how long the runtime may run nothing at all before the probe `/livez` fails |
/// | `manifest` | none | the Kubernetes manifest of the program, see below; needs the feature `kubernetes` |
/// | `container` | the only one | the program's container in the manifest's pods |
/// | `plan_test` | `true` | whether to generate the test `graceful_plan`, see below |
/// | `crate` | `graceful` | the path of the crate `graceful`, if it is known under another name |
/// | `flavor` | `"multi_thread"` | as in `#[tokio::main]`; or `"current_thread"`, `"local"` |
/// | `worker_threads` | the number of cores | as in `#[tokio::main]`; `"multi_thread"` only |
/// | `start_paused` | `false` | as in `#[tokio::main]`; not with `"multi_thread"` |
/// | `unhandled_panic` | `"ignore"` | as in `#[tokio::main]`; not with `"multi_thread"` |
/// | `name` | none | as in `#[tokio::main]`: the name of the runtime |
///
/// Durations are strings with units, as people write them: `"500ms"`, `"5s"`, `"1m 30s"`. Zero is fine for `lame_duck`
/// (skip it), for `drain_timeout` (don't wait) and for `health_cache` (don't reuse it), and an error for the others. Lame
/// duck and drain together must be shorter than the grace period.
///
/// `probes` and `heartbeat_timeout` need the feature `probes` of `graceful`. The address is an IP address, not a name,
/// with a port; with port 0 the system chooses one.
///
/// The variables `GRACEFUL_GRACE_PERIOD`, `GRACEFUL_LAME_DUCK`, `GRACEFUL_DRAIN_TIMEOUT` and `GRACEFUL_PROBES` (an address,
/// or `off`) of the environment override what the source says.
///
/// # Main
///
/// It must be a free function called `main` without arguments and generics. It can return what any main can: `()`,
/// `ExitCode`, `Result<(), E>` where `E: Debug`, `!`. The body of a plain `fn main` runs on the main thread while the
/// shutdown handlers have a runtime beside it; the flavor `"local"` needs an `async fn`.
///
/// # The manifest
///
/// With `manifest = "deploy/deployment.yaml"` the file, whose path is relative to the package, is read while main is
/// compiled, and a pod that contradicts the program is a compile error, with the line and the numbers: one whose
/// `terminationGracePeriodSeconds` is shorter than preStop, grace period and a second to spare; a probe that the program's
/// own listener doesn't answer; a stop signal that it doesn't handle. Variables of the container's environment that
/// override the program's keys are taken into account. A change of the file compiles main anew.
///
/// Warnings are not shown: `cargo graceful check` shows them too, and it reads what a template was rendered to.
///
/// # The generated test
///
/// An attribute sees one function. Whether the timeouts of all shutdown handlers that are linked into the program, the
/// lame duck and the drain fit the grace period shows when `cargo test` runs `graceful_plan`, which is generated beside
/// main. `plan_test = false` leaves it out.
///
/// # Expands to
///
/// ```ignore
/// fn main() {
///     async fn main() -> Result<(), std::io::Error> {
///         serve().await
///     }
///     run_async(
///         Config::new()
///             .grace_period(Duration::from_secs(30))
///             .lame_duck(Duration::from_secs(5))
///             .drain_timeout(Duration::from_secs(15)),
///         Flavor::MultiThread,
///         {
///             let mut builder = tokio::runtime::Builder::new_multi_thread();
///             builder.enable_all();
///             builder
///         },
///         main(),
///     )
/// }
///
/// // A record of the configuration, for `cargo graceful`.
/// const _: () = { register_main!(..) };
///
/// #[cfg(test)]
/// #[test]
/// fn graceful_plan() {
///     assert_plan(Config::new() /* as above */)
/// }
/// ```
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    main_attr::expand(args.into(), item.into()).into()
}

/// Makes a function a shutdown handler: it is called at the end of every program it is linked into.
///
/// The function may be `async` or not, private or public, in a binary or a library, in any module and in the body of
/// another function. It stays what it was, and can be called.
///
/// ```no_run
/// use graceful::{Resource, on_shutdown};
///
/// # #[derive(Clone)]
/// # struct Pool;
/// # impl Pool { async fn close(&self) -> Result<(), String> { Ok(()) } }
/// #[on_shutdown(priority = 10, timeout = "4s")]
/// async fn close_database(Resource(pool): Resource<Pool>) -> Result<(), String> {
///     pool.close().await
/// }
///
/// #[graceful::main]
/// async fn main() {
///     graceful::provide(Pool);
/// }
/// ```
///
/// # Keys
///
/// All of them are optional.
///
/// | key | default | meaning |
/// |---|---|---|
/// | `priority` | `0` | any `i32`; higher ones run first, equal ones at the same time |
/// | `timeout` | main's `handler_timeout` | a string such as `"5s"`: how long it may take, from its own start |
/// | `name` | the function's path without the crate | what it is called in plan, report and log |
/// | `phase` | `"teardown"` | or `"drain"`: run while work in flight is finished, to stop what brings new work |
/// | `crate` | `graceful` | the path of the crate `graceful`, if it is known under another name |
///
/// # Arguments
///
/// Any number of them, in any order, each by its type: `Resource<T>` (a clone of what main has provided; if it never
/// was, the handler is skipped), `Option<Resource<T>>`, `Reason`, `Deadline` (this handler's own) and
/// `CancellationToken` (cancelled at this handler's timeout).
///
/// # Return type
///
/// `()`, or `Result<(), E>` where `E` implements `Display` or converts into `Box<dyn Error + Send + Sync>`. An error, a
/// panic and a timeout are reported, make the exit code non-zero, and don't keep the other handlers from running.
///
/// An `async fn` is dropped at its timeout; its future must be `Send`. A plain function runs on a thread where it may
/// block, and is left behind at its timeout.
///
/// # Pitfalls
///
/// * A library that the program's source never mentions is not linked, whatever stands in `Cargo.toml`, and its
///   handlers are not there. `use the_library as _;` is enough. The lint `unused_crate_dependencies` names such crates.
///   The same holds for the integration tests and the examples of a library: they have its handlers if they mention it.
/// * A `staticlib` that is linked by another language's linker loses handlers, unless it is built with `lto = "fat"` or
///   linked as a whole (`--whole-archive`); a plugin opened by `dlopen` has handlers of its own. Register them with
///   `graceful::handler` there.
/// * All handlers under `#[cfg(test)]` of a crate are in the same test program.
/// * A method can't be a handler. Of an associated function without `self` the attribute can't know that it is one: the
///   compiler says that an "implementation is not supported" there.
///
/// # Expands to
///
/// ```ignore
/// async fn close_database(Resource(pool): Resource<Pool>) -> Result<(), String> {
///     pool.close().await
/// }
///
/// const _: () = {
///     fn __call(context: Context) -> HandlerFuture {
///         Box::pin(async move {
///             let argument = match <Resource<Pool> as HandlerArgument>::take(&context) {
///                 Ok(argument) => argument,
///                 Err(missing) => return Outcome::from(missing),
///             };
///             Returned::new(close_database(argument).await).outcome()
///         })
///     }
///
///     // Runs before main, and keeps a record for `cargo graceful` in the binary.
///     register!(function = "close_database", priority = 10, timeout = Some(Duration::from_secs(4)), call = __call, ..);
/// };
/// ```
#[proc_macro_attribute]
pub fn on_shutdown(args: TokenStream, item: TokenStream) -> TokenStream {
    on_shutdown::expand(args.into(), item.into()).into()
}

/// Makes a function a health check: `graceful::health()` and the probes ask it whether a component works.
///
/// The function may be `async` or not, private or public, in a binary or a library, in any module and in the body of
/// another function. It stays what it was, and can be called.
///
/// ```no_run
/// use graceful::{Health, Resource, health_check};
///
/// # #[derive(Clone)]
/// # struct Pool;
/// # impl Pool { async fn ping(&self) -> Result<(), String> { Ok(()) } }
/// #[health_check(timeout = "2s")]
/// async fn database(Resource(pool): Resource<Pool>) -> Result<(), String> {
///     pool.ping().await
/// }
///
/// # fn free_gigabytes() -> std::io::Result<u64> { Ok(1) }
/// #[health_check(name = "disk")]
/// fn free_space() -> std::io::Result<Health> {
///     Ok(match free_gigabytes()? {
///         0 => Health::Unhealthy("the disk is full".to_owned()),
///         1..5 => Health::Degraded("the disk is almost full".to_owned()),
///         _ => Health::Healthy,
///     })
/// }
///
/// #[graceful::main]
/// async fn main() {
///     graceful::provide(Pool);
///     println!("{}", graceful::health().await);
/// }
/// ```
///
/// # Keys
///
/// All of them are optional.
///
/// | key | default | meaning |
/// |---|---|---|
/// | `timeout` | `"5s"` | how long one run of it may take |
/// | `name` | the function's path without the crate | what the component is called |
/// | `crate` | `graceful` | the path of the crate `graceful`, if it is known under another name |
///
/// # Arguments
///
/// Any number of them, in any order, each by its type: `Resource<T>` (a clone of what main has provided; until it is, the
/// component is unhealthy), `Option<Resource<T>>`, `Deadline` (when this run's time is up) and `CancellationToken`
/// (cancelled then).
///
/// # Return type
///
/// | type | healthy | otherwise |
/// |---|---|---|
/// | `bool` | `true` | unhealthy |
/// | `Result<(), E>` | `Ok(())` | unhealthy, with the error's text as the message |
/// | `Health` | `Health::Healthy` | as it says: `Degraded(message)` or `Unhealthy(message)` |
/// | `Result<Health, E>` | `Ok(Health::Healthy)` | as the `Health` says, or as the error |
///
/// `E` implements `Display` or converts into `Box<dyn Error + Send + Sync>`. A check that panics or times out finds its
/// component unhealthy.
///
/// All checks run at the same time. An `async fn` is dropped at its timeout; its future must be `Send`. A plain function
/// runs on a thread where it may block; at its timeout it is left behind, and it is not begun again until it has ended.
/// From the drain on no check is begun any more: what it would look at is about to be closed.
///
/// A function can be a health check and, by [`#[on_shutdown]`](macro@on_shutdown), a shutdown handler, if arguments and
/// return type suit both.
///
/// # Pitfalls
///
/// What is said of [`#[on_shutdown]`](macro@on_shutdown#pitfalls) holds here, too: a library that the program's source
/// never mentions is not linked, and neither are its checks. Where linking can't serve, there is the function
/// `graceful::health_check`. It is imported together with the attribute: beside `use graceful::health_check` no function
/// can be called `health_check`.
///
/// # Expands to
///
/// ```ignore
/// async fn database(Resource(pool): Resource<Pool>) -> Result<(), String> {
///     pool.ping().await
/// }
///
/// const _: () = {
///     fn __call(context: CheckContext) -> CheckFuture {
///         Box::pin(async move {
///             let argument = match <Resource<Pool> as CheckArgument>::take(&context) {
///                 Ok(argument) => argument,
///                 Err(missing) => return Health::from(missing),
///             };
///             match database(argument).await.into_health() {
///                 Ok(health) => health,
///                 Err(error) => unhealthy(Returned::new(Err(error)).outcome()),
///             }
///         })
///     }
///
///     // Runs before main, and keeps a record for `cargo graceful` in the binary.
///     register_check!(function = "database", timeout = Some(Duration::from_secs(2)), call = __call, ..);
/// };
/// ```
#[proc_macro_attribute]
pub fn health_check(args: TokenStream, item: TokenStream) -> TokenStream {
    health_check::expand(args.into(), item.into()).into()
}
