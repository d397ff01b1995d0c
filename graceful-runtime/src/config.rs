//! What can be set, what it is when nothing is set, and what the environment overrides.

#[cfg(feature = "probes")]
mod probes;

use std::env;
#[cfg(feature = "probes")]
use std::net::SocketAddr;
use std::time::Duration;

#[cfg(feature = "probes")]
use self::probes::Probes;
use crate::error::{Error, ErrorKind};
use crate::lifecycle::Timing;
use crate::plan::{Plan, PlannedHandler};
use crate::signal::Signal;

const DEFAULT_HANDLER_TIMEOUT: Duration = Duration::from_secs(5);

const DEFAULT_HEALTH_CACHE: Duration = Duration::from_secs(1);

/// How a service shuts down.
///
/// `#[graceful::main(..)]` makes one from its keys; without the macro make it yourself and call [`run`](Config::run).
/// The worst case is `lame_duck` + `drain_timeout` + the longest timeout of each group of handlers: it should not be
/// longer than `grace_period`, which in turn must be shorter than what the platform grants
/// (`terminationGracePeriodSeconds` of Kubernetes, less its preStop; `TimeoutStopSec` of systemd).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a configuration does nothing until it is run"]
pub struct Config {
    grace_period: Duration,
    lame_duck: Duration,
    drain_timeout: Option<Duration>,
    handler_timeout: Duration,
    health_cache: Duration,
    signals: Vec<Signal>,
    #[cfg(feature = "probes")]
    probes: Probes,
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl Config {
    /// The defaults: a grace period of 30 s, no lame duck, half of it for the drain, 5 s for a handler that doesn't
    /// say otherwise, SIGTERM and SIGINT.
    pub fn new() -> Self {
        let Timing { grace_period, lame_duck } = Timing::default();
        Self {
            grace_period,
            lame_duck,
            drain_timeout: None,
            handler_timeout: DEFAULT_HANDLER_TIMEOUT,
            health_cache: DEFAULT_HEALTH_CACHE,
            signals: vec![Signal::Terminate, Signal::Interrupt],
            #[cfg(feature = "probes")]
            probes: Probes::default(),
        }
    }

    /// The whole budget, from the trigger to the forced exit. Default: 30 s, as Kubernetes'. At most ten years.
    ///
    /// The last tenth of it, at most 250 ms, is kept for the report and the exit.
    ///
    /// Overridden by `GRACEFUL_GRACE_PERIOD` in the environment.
    pub fn grace_period(mut self, grace_period: Duration) -> Self {
        self.grace_period = grace_period;
        self
    }

    /// How long the service goes on serving after it has stopped being ready, so that load balancers can look away.
    /// Default: zero.
    ///
    /// Overridden by `GRACEFUL_LAME_DUCK` in the environment.
    pub fn lame_duck(mut self, lame_duck: Duration) -> Self {
        self.lame_duck = lame_duck;
        self
    }

    /// How long work in flight may take to finish. Default: half of what the lame duck leaves of the grace period.
    /// It is cut short when the handlers' worst case would not fit behind it.
    ///
    /// Overridden by `GRACEFUL_DRAIN_TIMEOUT` in the environment.
    pub fn drain_timeout(mut self, drain_timeout: Duration) -> Self {
        self.drain_timeout = Some(drain_timeout);
        self
    }

    /// The timeout of the handlers that don't set their own. Default: 5 s.
    pub fn handler_timeout(mut self, handler_timeout: Duration) -> Self {
        self.handler_timeout = handler_timeout;
        self
    }

    /// For how long the outcome of the health checks is reused. Default: 1 s. Zero: not at all, but who asks while they
    /// run gets the outcome of that run.
    pub fn health_cache(mut self, health_cache: Duration) -> Self {
        self.health_cache = health_cache;
        self
    }

    /// Serves `/health`, `/ready`, `/livez` and `/readyz` on this address, on the supervisor's thread. Default: none are
    /// served. An address that can't be had is an error of the start. With port 0 the system chooses one:
    /// [`probes_address`](crate::probes_address) tells which.
    ///
    /// Overridden by `GRACEFUL_PROBES` in the environment: an address, or `off`.
    #[cfg(feature = "probes")]
    pub fn probes(mut self, address: impl Into<SocketAddr>) -> Self {
        self.probes.address = Some(address.into());
        self
    }

    /// How long the application's runtime may run nothing at all before `/livez` fails. Default: 10 s.
    ///
    /// The supervisor gives it a task every second (ten times within a shorter timeout), which a runtime runs unless each
    /// of its threads is blocked. Nothing is made of it during the shutdown.
    #[cfg(feature = "probes")]
    pub fn heartbeat_timeout(mut self, heartbeat_timeout: Duration) -> Self {
        self.probes.heartbeat_timeout = heartbeat_timeout;
        self
    }

    /// The signals that start the shutdown. Default: SIGTERM and SIGINT. Others keep their default action.
    pub fn signals(mut self, signals: impl IntoIterator<Item = Signal>) -> Self {
        self.signals = signals.into_iter().collect();
        self.signals.sort_unstable();
        self.signals.dedup();
        self
    }

    pub(crate) fn timing(&self) -> Timing {
        Timing { grace_period: self.grace_period, lame_duck: self.lame_duck }
    }

    pub(crate) fn effective_drain_timeout(&self) -> Duration {
        self.drain_timeout.unwrap_or(self.grace_period.saturating_sub(self.lame_duck) / 2)
    }

    pub(crate) fn effective_handler_timeout(&self) -> Duration {
        self.handler_timeout
    }

    pub(crate) fn effective_health_cache(&self) -> Duration {
        self.health_cache
    }

    #[cfg(feature = "probes")]
    pub(crate) fn probes_config(&self) -> &Probes {
        &self.probes
    }

    pub(crate) fn listens_to(&self) -> &[Signal] {
        &self.signals
    }

    pub(crate) fn plan(&self, handlers: Vec<PlannedHandler>) -> Plan {
        Plan::new(self.grace_period, self.lame_duck, self.effective_drain_timeout(), handlers)
    }

    /// With what the environment overrides, and checked.
    pub(crate) fn resolved(self) -> Result<Self, Error> {
        self.resolved_with(|variable| env::var_os(variable).map(|value| value.to_string_lossy().into_owned()))
    }

    fn resolved_with(mut self, lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let mut overrides = Vec::new();
        let mut duration = |variable: &'static str, zero: Zero| -> Result<Option<Duration>, Error> {
            let Some(value) = lookup(variable) else { return Ok(None) };
            let duration = parse(variable, &value, zero)?;
            // Between its words there may be any white space.
            overrides.push(format!("{variable}={}", value.escape_debug()));
            Ok(Some(duration))
        };
        if let Some(grace_period) = duration("GRACEFUL_GRACE_PERIOD", Zero::MeansNothing)? {
            self.grace_period = grace_period;
        }
        if let Some(lame_duck) = duration("GRACEFUL_LAME_DUCK", Zero::IsFine)? {
            self.lame_duck = lame_duck;
        }
        if let Some(drain_timeout) = duration("GRACEFUL_DRAIN_TIMEOUT", Zero::IsFine)? {
            self.drain_timeout = Some(drain_timeout);
        }
        #[cfg(feature = "probes")]
        self.probes.override_by(&lookup)?;
        self.check(&overrides)?;
        Ok(self)
    }

    fn check(&self, overrides: &[String]) -> Result<(), Error> {
        let kind = if overrides.is_empty() { ErrorKind::Config } else { ErrorKind::Environment };
        let because = if overrides.is_empty() {
            String::new()
        } else {
            format!(" (with {} from the environment)", overrides.join(" and "))
        };
        if self.grace_period.is_zero() || self.handler_timeout.is_zero() {
            return Err(Error::new(kind, "the grace period and the handler timeout must not be zero"));
        }
        #[cfg(feature = "probes")]
        if self.probes.heartbeat_timeout.is_zero() {
            return Err(Error::new(ErrorKind::Config, "the heartbeat timeout must not be zero"));
        }
        if self.grace_period > LONGEST {
            return Err(Error::new(kind, "the grace period must not be longer than ten years"));
        }
        let before_teardown = self.lame_duck.saturating_add(self.effective_drain_timeout());
        if before_teardown >= self.grace_period {
            let show = humantime::format_duration;
            return Err(Error::new(
                kind,
                format!(
                    "the lame duck of {} and the drain timeout of {} leave nothing of the grace period of {} for the \
                     shutdown handlers{because}: their sum must be shorter",
                    show(self.lame_duck),
                    show(self.effective_drain_timeout()),
                    show(self.grace_period),
                ),
            ));
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Zero {
    IsFine,
    MeansNothing,
}

/// Ten years: what is longer is a mistake, and would overflow the clocks of some platforms.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

fn parse(variable: &str, value: &str, zero: Zero) -> Result<Duration, Error> {
    let bad = |why: &str| {
        let what = format!(
            "the environment variable {variable} is `{}`: {why}; expected a duration such as `30s`, `500ms` or `1m 30s`",
            value.escape_debug()
        );
        Error::new(ErrorKind::Environment, what)
    };
    if is_excessive(value) {
        return Err(bad("its numbers are too long"));
    }
    let duration = humantime::parse_duration(value.trim()).map_err(|error| match error {
        humantime::DurationError::UnknownUnit { unit, .. } if unit.is_empty() => bad("it lacks a unit"),
        error => bad(&error.to_string()),
    })?;
    if duration.is_zero() && zero == Zero::MeansNothing {
        return Err(bad("it must not be zero"));
    }
    if duration > LONGEST {
        return Err(bad("it is longer than ten years"));
    }
    Ok(duration)
}

/// humantime 2.4 panics on sums that end just behind the last second of a `u64`. These can't come near it.
fn is_excessive(text: &str) -> bool {
    text.len() > 100 || text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn resolve(config: Config, environment: &[(&str, &str)]) -> Result<Config, Error> {
        config.resolved_with(|variable| {
            environment.iter().find(|(name, _)| *name == variable).map(|(_, value)| (*value).to_owned())
        })
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
        assert_eq!(config.grace_period, 90 * SECOND);
        assert_eq!(config.lame_duck, SECOND / 2);
        assert_eq!(config.effective_drain_timeout(), 20 * SECOND);
    }

    #[test]
    fn the_default_drain_is_half_of_what_the_lame_duck_leaves() {
        let config = Config::new().lame_duck(10 * SECOND);
        assert_eq!(config.effective_drain_timeout(), 10 * SECOND);
        let config = resolve(config, &[("GRACEFUL_GRACE_PERIOD", "14s")]).unwrap();
        assert_eq!(config.effective_drain_timeout(), 2 * SECOND);
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
            ["", "soon", "30", "-1s", "0s", "1s\u{7}", "99999999999999999999s", "500y", "18446744073709551615s 1000ms"]
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

    #[cfg(feature = "probes")]
    #[test]
    fn the_environment_moves_the_probes() {
        let config = Config::new().probes(([0, 0, 0, 0], 8081));
        let moved = |value| resolve(config.clone(), &[("GRACEFUL_PROBES", value)]).map(|config| config.probes.address);
        assert_eq!(moved("[::1]:9000").unwrap(), Some("[::1]:9000".parse().unwrap()));
        assert_eq!(moved(" off ").unwrap(), None);
        assert_eq!(config.probes.address, Some("0.0.0.0:8081".parse().unwrap()));
        for value in ["", "8081", ":8081", "localhost:8081", "0.0.0.0:99999", "on"] {
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
