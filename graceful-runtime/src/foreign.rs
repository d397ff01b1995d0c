//! Another program's plan: `cargo graceful` reads from a finished binary what is here completed with the defaults, and
//! drawn as that program itself would draw it.

use std::time::Duration;

use crate::config::Config;
use crate::plan::{HandlerPhase, Plan, PlannedHandler};
use crate::{handler, health, picture};

/// A health check that doesn't set its own timeout has this one.
pub const CHECK_TIMEOUT: Duration = health::DEFAULT_TIMEOUT;

/// A handler as its line of JSON tells of it.
pub struct ForeignHandler {
    pub name: Option<String>,
    pub function: String,
    /// With the crate.
    pub module: String,
    pub file: String,
    pub line: u32,
    pub priority: i32,
    /// `None`: that of the configuration.
    pub timeout: Option<Duration>,
    pub phase: HandlerPhase,
}

/// The plan of a program with this configuration and these handlers.
pub fn plan(config: &Config, handlers: impl IntoIterator<Item = ForeignHandler>) -> Plan {
    let planned = handlers.into_iter().map(|handler| {
        let timeout = handler.timeout.unwrap_or(config.effective_handler_timeout());
        let location = format!("{}:{}", handler.file, handler.line);
        let name = display_name(handler.name.as_deref(), &handler.module, &handler.function);
        PlannedHandler::new(name, handler.priority, timeout, handler.phase, location)
    });
    config.plan(planned.collect())
}

/// The names of the signals that start the shutdown.
pub fn signals(config: &Config) -> Vec<String> {
    config.listens_to().iter().map(ToString::to_string).collect()
}

/// The attribute's `name`, or the function's path without the crate.
pub fn display_name(name: Option<&str>, module: &str, function: &str) -> String {
    handler::display_name(name, module, function)
}

/// A duration as the pictures write it.
pub fn duration(duration: Duration) -> String {
    picture::duration(duration)
}

/// The text on one line, without anything that could move the cursor.
pub fn escape(text: &str) -> String {
    picture::escape(text)
}
