//! The configuration: its settings, their defaults, and the variables that override them.

mod getters;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};
#[cfg(feature = "probes")]
use std::net::SocketAddr;
use std::time::Duration;

use graceful_core::duration::written;
use graceful_core::environment::{self, UnknownVariable, Variable};
use graceful_core::timeouts::{Timeouts, TimeoutsError};
use graceful_core::{ReportFormat, Signal, text};

use crate::error::{Error, ErrorKind};

/// Configures how a service shuts down, and runs it without the attribute.
///
/// `#[graceful::main(..)]` makes a `Config` from its keys. Without the attribute, make it yourself and call
/// [`run`](Config::run). Durations are [`Duration`]s here, and strings such as `"5s"` in the attribute.
///
/// The worst case is `lame_duck` + `drain_timeout` + the longest timeout of each group of handlers. It should be at
/// most `grace_period`, which in turn must be shorter than what the platform grants: `terminationGracePeriodSeconds` of
/// Kubernetes, less the preStop hook, or `TimeoutStopSec` of systemd.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// use std::process::ExitCode;
/// use std::time::Duration;
///
/// use graceful::{Config, Signal};
///
/// fn main() -> Result<ExitCode, graceful::Error> {
///     let config = Config::new()
///         .grace_period(Duration::from_secs(28))
///         .lame_duck(Duration::from_secs(5))
///         .drain_timeout(Duration::from_secs(12))
///         .handler_timeout(Duration::from_secs(4))
///         .health_cache(Duration::from_secs(2))
///         .signals([Signal::Terminate, Signal::Interrupt, Signal::Hangup]);
///     config.run(async { graceful::drain_started().await })
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use = "a configuration does nothing until it is run"]
pub struct Config {
    timeouts: Timeouts,
    health_cache: Duration,
    signals: Vec<Signal>,
    report: Option<ReportFormat>,
    #[cfg(feature = "probes")]
    probes: Probes,
}

/// The settings of the supervisor's probes.
#[cfg(feature = "probes")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Probes {
    /// `None`: no probes are served.
    pub(crate) address: Option<SocketAddr>,
    pub(crate) heartbeat_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl Config {
    /// Returns the defaults: a grace period of 24 s, no lame duck, 12 s for the drain, 3 s for each handler.
    ///
    /// SIGTERM and SIGINT start the shutdown.
    pub fn new() -> Self {
        Self {
            timeouts: Timeouts::default(),
            health_cache: Self::DEFAULT_HEALTH_CACHE,
            signals: Self::DEFAULT_SIGNALS.to_vec(),
            report: None,
            #[cfg(feature = "probes")]
            probes: Probes { address: None, heartbeat_timeout: Self::DEFAULT_HEARTBEAT_TIMEOUT },
        }
    }

    /// Sets the time from the trigger to the forced exit. Default: 24 s, which fits the 30 s of Kubernetes. At most ten years.
    ///
    /// The last tenth, at most 250 ms, is reserved for the report and the exit. The environment variable
    /// `GRACEFUL_GRACE_PERIOD` overrides it.
    pub fn grace_period(mut self, grace_period: Duration) -> Self {
        self.timeouts.grace_period = grace_period;
        self
    }

    /// Sets how long the service serves after it has stopped being ready. Default: 0 s, which skips the lame duck.
    ///
    /// Load balancers stop sending traffic in that time. It lasts longer if handlers of
    /// [`HandlerPhase::LameDuck`](crate::HandlerPhase::LameDuck) take longer. The environment variable `GRACEFUL_LAME_DUCK`
    /// overrides it.
    pub fn lame_duck(mut self, lame_duck: Duration) -> Self {
        self.timeouts.lame_duck = lame_duck;
        self
    }

    /// Sets how long work in flight may take to finish. Default: half of what the lame duck leaves of the grace period.
    ///
    /// The drain is shorter if the handlers' worst case would not fit after it. The environment variable
    /// `GRACEFUL_DRAIN_TIMEOUT` overrides it.
    pub fn drain_timeout(mut self, drain_timeout: Duration) -> Self {
        self.timeouts.drain_timeout = Some(drain_timeout);
        self
    }

    /// Sets the timeout of handlers that do not set their own. Default: an eighth of what the lame duck leaves of the grace
    /// period, whatever the drain timeout is.
    pub fn handler_timeout(mut self, handler_timeout: Duration) -> Self {
        self.timeouts.handler_timeout = Some(handler_timeout);
        self
    }

    /// Sets how long the report of the health checks is reused. Default: 1 s.
    ///
    /// With zero it is not reused, but callers that ask during a run share its report.
    pub fn health_cache(mut self, health_cache: Duration) -> Self {
        self.health_cache = health_cache;
        self
    }

    /// Serves `/health`, `/ready`, `/readyz`, `/livez` and `/healthz` on this address. Default: no probes are served.
    ///
    /// The supervisor's thread answers them, also while the application drains or is blocked. With port 0 the system
    /// chooses a port, which [`probes_address`](crate::probes_address) returns. If the address is not available, the
    /// program does not start. The environment variable `GRACEFUL_PROBES` overrides it: an address, or `off`.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// use graceful::Config;
    ///
    /// let config = Config::new().probes(([0, 0, 0, 0], 8081)).heartbeat_timeout(Duration::from_secs(30));
    /// ```
    #[cfg(feature = "probes")]
    pub fn probes(mut self, address: impl Into<SocketAddr>) -> Self {
        self.probes.address = Some(address.into());
        self
    }

    /// Sets how long every worker thread may be blocked before `/livez` returns 503. Default: 10 s.
    ///
    /// The supervisor spawns a heartbeat task on the application's runtime once a second, or ten times per timeout if
    /// that is more often. The heartbeat is ignored during the shutdown.
    #[cfg(feature = "probes")]
    pub fn heartbeat_timeout(mut self, heartbeat_timeout: Duration) -> Self {
        self.probes.heartbeat_timeout = heartbeat_timeout;
        self
    }

    /// Sets the signals that start the shutdown. Default: SIGTERM and SIGINT. Others keep their default action.
    ///
    /// Signals of this list that the parent process has blocked are unblocked at the start. A SIGHUP that is ignored at the
    /// start, as under `nohup`, stays ignored.
    pub fn signals(mut self, signals: impl IntoIterator<Item = Signal>) -> Self {
        self.signals = Signal::each_once(signals);
        self
    }

    /// Sets how the report of an unclean shutdown is written to standard error. Default: as text if standard error is a
    /// terminal, and otherwise as one line of JSON.
    ///
    /// `GRACEFUL_REPORT` in the environment overrides it: `off`, `text` or `json`.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::{Config, ReportFormat};
    ///
    /// let config = Config::new().report(ReportFormat::Json);
    /// ```
    pub fn report(mut self, format: ReportFormat) -> Self {
        self.report = Some(format);
        self
    }

    pub(crate) fn timeouts(&self) -> &Timeouts {
        &self.timeouts
    }

    #[cfg(feature = "probes")]
    pub(crate) fn probes_config(&self) -> &Probes {
        &self.probes
    }

    pub(crate) fn effective_report(&self) -> ReportFormat {
        let fitting = || if io::stderr().is_terminal() { ReportFormat::Text } else { ReportFormat::Json };
        self.report.unwrap_or_else(fitting)
    }

    /// Applies the environment's overrides, and checks the result.
    pub(crate) fn resolved(mut self, variables: &Environment) -> Result<Self, Error> {
        let mut overrides = Vec::new();
        let mut overridden = |variable: Variable<Duration>| -> Result<Option<Duration>, Error> {
            let Some(value) = variables.value(variable.name()) else { return Ok(None) };
            let duration = read(&variable, value)?;
            if duration.is_some() {
                // The value can contain any white space.
                overrides.push(format!("{}={}", variable.name(), text::escape(value)));
            }
            Ok(duration)
        };
        if let Some(grace_period) = overridden(environment::GRACE_PERIOD)? {
            self.timeouts.grace_period = grace_period;
        }
        if let Some(lame_duck) = overridden(environment::LAME_DUCK)? {
            self.timeouts.lame_duck = lame_duck;
        }
        if let Some(drain_timeout) = overridden(environment::DRAIN_TIMEOUT)? {
            self.timeouts.drain_timeout = Some(drain_timeout);
        }
        if let Some(value) = variables.value(environment::REPORT.name()) {
            self.report = read(&environment::REPORT, value)?.or(self.report);
        }
        #[cfg(feature = "probes")]
        if let Some(value) = variables.value(environment::PROBES.name()) {
            self.probes.address = read(&environment::PROBES, value)?.unwrap_or(self.probes.address);
        }
        self.check(&overrides)?;
        Ok(self)
    }

    fn check(&self, overrides: &[String]) -> Result<(), Error> {
        let kind = if overrides.is_empty() { ErrorKind::Config } else { ErrorKind::Environment };
        self.timeouts.check().map_err(|error| {
            let because = match overrides {
                [] => String::new(),
                overrides => format!(" (with {} from the environment)", text::join(overrides, " and ")),
            };
            // In the form that the source and the environment use.
            let what = error.describe(written);
            Error::new(
                kind,
                match error {
                    TimeoutsError::NothingForHandlers(_) => format!("{what}{because}: their sum must be shorter"),
                    TimeoutsError::Zero | TimeoutsError::TooLong => what,
                },
            )
        })?;
        #[cfg(feature = "probes")]
        if self.probes.heartbeat_timeout.is_zero() {
            return Err(Error::new(ErrorKind::Config, "the heartbeat timeout must not be zero"));
        }
        Ok(())
    }
}

/// The variables that have our prefix. Most programs have none.
pub(crate) struct Environment(Vec<(String, String)>);

impl Environment {
    pub(crate) fn read() -> Self {
        // On Windows `graceful_report` is the same variable.
        let known_as = |name: OsString| if cfg!(windows) { name.to_ascii_uppercase() } else { name };
        let is_ours = |name: &OsStr| name.as_encoded_bytes().starts_with(environment::PREFIX.as_bytes());
        let text = |text: OsString| text.to_string_lossy().into_owned();
        let ours = env::vars_os().map(|(name, value)| (known_as(name), value)).filter(|(name, _)| is_ours(name));
        Self(ours.map(|(name, value)| (text(name), text(value))).collect())
    }

    /// For a program that sets its own times: the format of the report.
    pub(crate) fn read_without_times() -> Self {
        let mut ours = Self::read();
        ours.0.retain(|(name, _)| name == environment::REPORT.name());
        ours
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(set, _)| set == name).map(|(_, value)| value.as_str())
    }

    /// Those that have no effect.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = UnknownVariable> {
        self.0.iter().filter_map(|(name, _)| UnknownVariable::find(name))
    }
}

fn read<T>(variable: &Variable<T>, value: &str) -> Result<Option<T>, Error> {
    variable.read(value).map_err(|bad| Error::new(ErrorKind::Environment, bad.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn resolve(config: Config, environment: &[(&str, &str)]) -> Result<Config, Error> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        config.resolved(&Environment(environment.iter().map(owned).collect()))
    }

    #[test]
    fn the_environment_overrides_the_source() {
        let config = Config::new().drain_timeout(3 * SECOND);
        let config = resolve(
            config,
            &[
                ("GRACEFUL_GRACE_PERIOD", "1m 30s"),
                ("GRACEFUL_LAME_DUCK", "500ms"),
                ("GRACEFUL_DRAIN_TIMEOUT", " 20s "),
            ],
        )
        .unwrap();
        assert_eq!(config.timeouts.grace_period, 90 * SECOND);
        assert_eq!(config.timeouts.lame_duck, SECOND / 2);
        assert_eq!(config.timeouts().effective_drain_timeout(), 20 * SECOND);
    }

    #[test]
    fn an_empty_variable_overrides_nothing() {
        let names =
            ["GRACE_PERIOD", "LAME_DUCK", "DRAIN_TIMEOUT", "REPORT", "PROBES"].map(|name| format!("GRACEFUL_{name}"));
        let empty: Vec<_> = names.iter().map(|name| (&**name, "")).collect();
        let config = Config::new().lame_duck(SECOND).drain_timeout(SECOND).report(ReportFormat::Json);
        assert_eq!(resolve(config.clone(), &empty).unwrap(), config);
        // So it is not named either when the source does not fit.
        let error = resolve(config.lame_duck(31 * SECOND), &empty).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!error.to_string().contains("environment"), "{error}");
    }

    #[test]
    fn a_misfit_is_told_in_one_line() {
        let error = resolve(Config::new(), &[("GRACEFUL_LAME_DUCK", "1h\n\t30 m")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Environment);
        let text = error.to_string();
        assert!(!text.contains(char::is_control) && text.contains(r"GRACEFUL_LAME_DUCK=1h\n\t30 m"), "{text}");
    }

    #[test]
    fn a_bad_value_names_variable_value_and_form() {
        for value in
            ["soon", "30", "-1s", "0s", "1s\u{7}", "99999999999999999999s", "500y", "18446744073709551615s 1000ms"]
        {
            let error = resolve(Config::new(), &[("GRACEFUL_GRACE_PERIOD", value)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Environment, "{value}");
            assert_eq!(error.exit_code(), 78);
            let text = error.to_string();
            for part in ["GRACEFUL_GRACE_PERIOD", &*value.escape_debug().to_string(), "`30s`"] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert!(!text.contains('\u{7}'));
        }
    }

    #[test]
    fn what_no_clock_can_count_is_refused() {
        let error = resolve(Config::new().grace_period(Duration::MAX), &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(resolve(Config::new().handler_timeout(Duration::MAX), &[]).is_ok());
    }

    #[test]
    fn the_environment_sets_the_format_of_the_report() {
        let config = Config::new().report(ReportFormat::Text);
        assert_eq!(resolve(config.clone(), &[]).unwrap().effective_report(), ReportFormat::Text);
        let config = resolve(config, &[("GRACEFUL_REPORT", "off")]).unwrap();
        assert_eq!(config.effective_report(), ReportFormat::Off);
        let error = resolve(config, &[("GRACEFUL_REPORT", "picture")]).unwrap_err();
        assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Environment, 78));
    }

    #[cfg(feature = "probes")]
    #[test]
    fn the_environment_moves_the_probes() {
        let config = Config::new().probes(([0, 0, 0, 0], 8081));
        let moved = |value| resolve(config.clone(), &[("GRACEFUL_PROBES", value)]).map(|config| config.probes.address);
        assert_eq!(moved("[::1]:9000").unwrap(), Some("[::1]:9000".parse().unwrap()));
        assert_eq!(moved(" off ").unwrap(), None);
        assert_eq!(config.probes.address, Some("0.0.0.0:8081".parse().unwrap()));
        assert_eq!(moved(" ").unwrap(), config.probes.address);
        for value in ["8081", ":8081", "localhost:8081", "0.0.0.0:99999", "on"] {
            let error = moved(value).unwrap_err();
            assert_eq!(error.exit_code(), 78);
            let text = error.to_string();
            assert!(
                text.contains(&format!("GRACEFUL_PROBES is `{value}`")) && text.contains("`0.0.0.0:8081`"),
                "{text}"
            );
        }
        assert!(resolve(Config::new().heartbeat_timeout(Duration::ZERO), &[]).is_err());
    }

    #[test]
    fn the_parts_must_leave_time_for_the_handlers() {
        let error = resolve(Config::new().lame_duck(31 * SECOND), &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let config = Config::new().drain_timeout(15 * SECOND);
        let error = resolve(config, &[("GRACEFUL_GRACE_PERIOD", "10s")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Environment);
        let text = error.to_string();
        assert!(text.contains("15s") && text.contains("GRACEFUL_GRACE_PERIOD=10s"), "{text}");
    }
}
