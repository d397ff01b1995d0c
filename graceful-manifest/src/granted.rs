//! What is granted where no file says it.

use std::time::Duration;

use crate::grant::{At, Grant, Platform, Time, signal_name};
use crate::tree::Position;

/// The time and the signal with which the program is stopped, where no file says it: the documented defaults of a
/// platform, or values that are known from elsewhere.
///
/// ```
/// use graceful_manifest::{Check, Granted, Program};
///
/// let program = Program::default();
/// let granted = Granted::by_platform("cloud-run").expect("a known platform");
/// let outcome = Check::new(&program).granted(&granted);
/// assert_eq!(
///     outcome.findings[0].to_string(),
///     "error: cloud-run: the instance is granted 10 s but needs 25 s: grace period 24 s + 1 s to spare; lower the \
///      program's grace period to 9s [grace-period-too-short]"
/// );
/// ```
#[derive(Debug, Clone)]
pub struct Granted {
    name: &'static str,
    platform: &'static Platform,
    time: Option<Duration>,
    signal: Option<String>,
}

const PLATFORMS: [(&str, &Platform); 11] = [
    ("cloud-run", &Platform::CLOUD_RUN),
    ("compose", &Platform::COMPOSE),
    ("docker", &Platform::DOCKER),
    ("ecs", &Platform::ECS),
    ("fargate", &Platform::FARGATE),
    ("fly", &Platform::FLY),
    ("heroku", &Platform::HEROKU),
    ("kubernetes", &Platform::KUBERNETES),
    ("nomad", &Platform::NOMAD),
    ("render", &Platform::RENDER),
    ("systemd", &Platform::SYSTEMD),
];

impl Granted {
    /// Returns the names of the platforms with documented defaults, in alphabetical order.
    pub fn platforms() -> impl Iterator<Item = &'static str> {
        PLATFORMS.into_iter().map(|(name, _)| name)
    }

    /// Returns the documented defaults of a platform, or `None` if no platform has the name. The names are those of
    /// [`platforms`](Self::platforms).
    #[must_use]
    pub fn by_platform(name: &str) -> Option<Self> {
        let (name, platform) = PLATFORMS.into_iter().find(|(known, _)| *known == name)?;
        Some(Self { name, platform, time: None, signal: None })
    }

    /// Creates a grant of this time until SIGKILL, with SIGTERM as the stop signal.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self { name: "granted", platform: &Platform::UNNAMED, time: Some(time), signal: None }
    }

    /// Sets the time until SIGKILL. Default: the platform's.
    #[must_use]
    pub fn time(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self
    }

    /// Sets the stop signal, such as `SIGINT`, `INT` or `2`. Default: the platform's.
    #[must_use]
    pub fn signal(mut self, signal: &str) -> Self {
        self.signal = Some(signal_name(signal).into_owned());
        self
    }

    pub(crate) fn grant(&self) -> Grant<'_> {
        let position = Position::NOWHERE;
        let mut grant = Grant::new(self.platform, self.name.to_owned(), self.name, position);
        if let Some(value) = self.time {
            grant.time = Time::Set(At { value, position });
        }
        grant.stop_signal = self.signal.as_deref().map(|signal| At { value: signal.into(), position });
        grant
    }
}
