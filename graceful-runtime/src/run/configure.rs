//! The key `configure`: a function of the user's sets what only the running program knows.

use super::start_failed;
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::returns::ReportableError;

/// The return types of the function of the key `configure`.
#[diagnostic::on_unimplemented(
    message = "the function of `configure` cannot return `{Self}`",
    label = "expected `Config` or `Result<Config, E>`",
    note = "`E` is any type that implements `Display`, or that converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait ConfigureReturn {
    #[doc(hidden)]
    fn into_result(self) -> Result<Config, String>;
}

#[diagnostic::do_not_recommend]
impl ConfigureReturn for Config {
    fn into_result(self) -> Result<Config, String> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<E: ReportableError> ConfigureReturn for Result<Config, E> {
    fn into_result(self) -> Result<Config, String> {
        self.map_err(|error| error.text())
    }
}

/// Returns the configuration, or ends the process: nothing has been started yet.
pub fn configured(function: &str, result: Result<Config, String>) -> Config {
    result.unwrap_or_else(|error| {
        let what = format!("the function `{function}` of the key `configure` failed: {error}");
        start_failed(&Error::new(ErrorKind::Config, what))
    })
}
