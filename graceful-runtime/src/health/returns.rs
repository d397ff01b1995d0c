//! What a health check can return.

use super::Health;
use crate::returns::ReportableError;
use crate::returns::sealed::Sealed;

/// What a health check can return: `bool`, [`Health`], or a `Result` of `()` or `Health` whose error can be reported.
///
/// An error is [`Health::Unhealthy`], with the text of the error. The crate implements this trait; other crates cannot.
#[diagnostic::on_unimplemented(
    message = "a health check cannot return `{Self}`",
    label = "expected `bool`, `graceful::Health`, `Result<(), E>` or `Result<Health, E>`",
    note = "`E` is any type that implements `Display`; with `#[health_check]`, also one that converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait HealthCheckReturn {
    #[doc(hidden)]
    fn into_health(self) -> Health;

    #[doc(hidden)]
    fn sealed(_: Sealed);
}

/// The name that the registry uses.
pub(super) use self::HealthCheckReturn as CheckReturn;

#[diagnostic::do_not_recommend]
impl HealthCheckReturn for Health {
    fn into_health(self) -> Health {
        self
    }

    fn sealed(_: Sealed) {}
}

#[diagnostic::do_not_recommend]
impl HealthCheckReturn for bool {
    fn into_health(self) -> Health {
        if self { Health::Healthy } else { Health::Unhealthy(String::new()) }
    }

    fn sealed(_: Sealed) {}
}

#[diagnostic::do_not_recommend]
impl<E: ReportableError> HealthCheckReturn for Result<(), E> {
    fn into_health(self) -> Health {
        self.map_or_else(|error| Health::Unhealthy(error.text()), |()| Health::Healthy)
    }

    fn sealed(_: Sealed) {}
}

#[diagnostic::do_not_recommend]
impl<E: ReportableError> HealthCheckReturn for Result<Health, E> {
    fn into_health(self) -> Health {
        self.unwrap_or_else(|error| Health::Unhealthy(error.text()))
    }

    fn sealed(_: Sealed) {}
}
