//! What only systemd has.

use std::borrow::Cow;

use crate::tree::Position;

use super::{At, Sockets};

/// What systemd expects from the main process of a service, and what else it sends.
#[derive(Debug)]
pub(crate) struct Unit<'t> {
    /// The place of `Type=notify`: systemd waits until the program says that it is ready, and then lets it extend the stop.
    pub(crate) ready: Option<Position>,
    /// The place of `WatchdogSec`: systemd ends a program that does not say so often that it is alive.
    pub(crate) watchdog: Option<Position>,
    /// The signals beside the stop signal, each with the key that sends it.
    pub(crate) signals: Vec<(&'static str, At<Cow<'t, str>>)>,
    pub(crate) sockets: Sockets<'t>,
}
