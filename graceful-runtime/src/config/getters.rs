//! The defaults, and what a configuration is set to. The environment's overrides come later, when it is run.

#[cfg(feature = "probes")]
use std::net::SocketAddr;
use std::time::Duration;

use graceful_core::{ReportFormat, Signal, timeouts};

use super::Config;

/// The defaults, and what is set, without the environment's overrides.
impl Config {
    /// The default grace period: 24 s.
    pub const DEFAULT_GRACE_PERIOD: Duration = timeouts::DEFAULT_GRACE_PERIOD;

    /// The default lame duck: 0 s, which skips it.
    pub const DEFAULT_LAME_DUCK: Duration = timeouts::DEFAULT_LAME_DUCK;

    /// How long the report of the health checks is reused by default: 1 s.
    pub const DEFAULT_HEALTH_CACHE: Duration = timeouts::DEFAULT_HEALTH_CACHE;

    /// The default timeout of a health check: 5 s.
    pub const DEFAULT_HEALTH_CHECK_TIMEOUT: Duration = timeouts::DEFAULT_HEALTH_CHECK_TIMEOUT;

    /// How long every worker thread may be blocked by default before `/livez` returns 503: 10 s.
    #[cfg(feature = "probes")]
    pub const DEFAULT_HEARTBEAT_TIMEOUT: Duration = timeouts::DEFAULT_HEARTBEAT_TIMEOUT;

    /// The signals that start the shutdown by default: SIGTERM and SIGINT.
    pub const DEFAULT_SIGNALS: [Signal; 2] = Signal::DEFAULT;

    /// Returns the time from the trigger to the forced exit.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::Config;
    ///
    /// assert_eq!(Config::new().get_grace_period(), Config::DEFAULT_GRACE_PERIOD);
    /// ```
    #[must_use]
    pub fn get_grace_period(&self) -> Duration {
        self.timeouts.grace_period
    }

    /// Returns how long the service serves after it has stopped being ready.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::Config;
    ///
    /// assert_eq!(Config::new().get_lame_duck(), Config::DEFAULT_LAME_DUCK);
    /// ```
    #[must_use]
    pub fn get_lame_duck(&self) -> Duration {
        self.timeouts.lame_duck
    }

    /// Returns how long work in flight may take to finish: what is set, or the default that follows from the grace period and the
    /// lame duck.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use std::time::Duration;
    ///
    /// use graceful::Config;
    ///
    /// let config = Config::new().grace_period(Duration::from_secs(20)).lame_duck(Duration::from_secs(4));
    /// assert_eq!(config.get_drain_timeout(), Duration::from_secs(8));
    /// assert_eq!(config.get_handler_timeout(), Duration::from_secs(2));
    /// ```
    #[must_use]
    pub fn get_drain_timeout(&self) -> Duration {
        self.timeouts.effective_drain_timeout()
    }

    /// Returns the timeout of handlers that do not set their own: what is set, or the default that follows from the grace period
    /// and the lame duck.
    #[must_use]
    pub fn get_handler_timeout(&self) -> Duration {
        self.timeouts.effective_handler_timeout()
    }

    /// Returns how long the report of the health checks is reused.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::Config;
    ///
    /// assert_eq!(Config::new().get_health_cache(), Config::DEFAULT_HEALTH_CACHE);
    /// ```
    #[must_use]
    pub fn get_health_cache(&self) -> Duration {
        self.health_cache
    }

    /// Returns the address of the supervisor's probes. `None` if none are served.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::Config;
    ///
    /// assert_eq!(Config::new().get_probes(), None);
    /// assert_eq!(Config::new().get_heartbeat_timeout(), Config::DEFAULT_HEARTBEAT_TIMEOUT);
    /// ```
    #[cfg(feature = "probes")]
    #[must_use]
    pub fn get_probes(&self) -> Option<SocketAddr> {
        self.probes.address
    }

    /// Returns how long every worker thread may be blocked before `/livez` returns 503.
    #[cfg(feature = "probes")]
    #[must_use]
    pub fn get_heartbeat_timeout(&self) -> Duration {
        self.probes.heartbeat_timeout
    }

    /// Returns the signals that start the shutdown, each once.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::Config;
    ///
    /// assert_eq!(Config::new().get_signals(), Config::DEFAULT_SIGNALS);
    /// ```
    #[must_use]
    pub fn get_signals(&self) -> &[Signal] {
        &self.signals
    }

    /// Returns the format of the report on standard error. `None` if it depends on whether that is a terminal.
    ///
    /// ```
    /// # mod graceful { pub use graceful_runtime::*; }
    /// use graceful::{Config, ReportFormat};
    ///
    /// assert_eq!(Config::new().report(ReportFormat::Json).get_report(), Some(ReportFormat::Json));
    /// ```
    #[must_use]
    pub fn get_report(&self) -> Option<ReportFormat> {
        self.report
    }
}
