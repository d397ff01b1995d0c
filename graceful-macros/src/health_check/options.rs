//! The keys of `#[health_check]`.

use std::time::Duration;

use proc_macro2::TokenStream;
use syn::{Ident, LitStr, Path};

use crate::args::Keys;
use crate::errors::Errors;

const KEYS: Keys =
    Keys { valid: &[("timeout", "\"5s\""), ("name", "\"database\""), ("crate", "my_crate::graceful")], hint };

#[derive(Default)]
pub(super) struct Options {
    pub(super) timeout: Option<Duration>,
    pub(super) name: Option<LitStr>,
    pub(super) krate: Option<Path>,
    /// The keys that are methods of `HealthCheckBuilder`.
    pub(super) methods: Vec<Ident>,
}

impl Options {
    pub(super) fn parse(args: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for arg in KEYS.parse(args, errors) {
            if arg.key == "timeout" {
                options.methods.push(arg.method());
            }
            let value = &arg.value;
            let result = match arg.key {
                "timeout" => value.positive_duration().map(|timeout| options.timeout = Some(timeout)),
                "name" => value.name().map(|name| options.name = Some(name)),
                _crate => value.path().map(|path| options.krate = Some(path)),
            };
            errors.check(result);
        }
        options
    }
}

fn hint(key: &str) -> Option<String> {
    match key {
        "priority" => Some("only shutdown handlers have a `priority`: health checks run at the same time".to_owned()),
        "phase" => {
            Some("only shutdown handlers have a `phase`: health checks run when the health is requested".to_owned())
        }
        _ => None,
    }
}
