//! The keys of `#[on_shutdown]`.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{LitStr, Path};

use crate::args::Keys;
use crate::errors::Errors;

const KEYS: Keys = Keys {
    valid: &[
        ("priority", "10"),
        ("timeout", "\"5s\""),
        ("name", "\"database\""),
        ("phase", "\"drain\""),
        ("crate", "my_crate::graceful"),
    ],
    hint: |_| None,
};

#[derive(Default)]
pub(super) struct Options {
    pub(super) priority: i32,
    pub(super) timeout: Option<Duration>,
    pub(super) name: Option<LitStr>,
    pub(super) phase: Phase,
    pub(super) krate: Option<Path>,
}

#[derive(Clone, Copy, Default)]
pub(super) enum Phase {
    Drain,
    #[default]
    Teardown,
}

impl Options {
    pub(super) fn parse(args: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for arg in KEYS.parse(args, errors) {
            let value = &arg.value;
            let result = match arg.key {
                "priority" => value.integer("an integer that fits an i32").map(|priority| options.priority = priority),
                "timeout" => value.positive_duration().map(|timeout| options.timeout = Some(timeout)),
                "name" => value.name().map(|name| options.name = Some(name)),
                "phase" => value.choice("phase", &Phase::ALL, |_| None).map(|phase| options.phase = phase),
                _crate => value.path().map(|path| options.krate = Some(path)),
            };
            errors.check(result);
        }
        options
    }
}

impl Phase {
    const ALL: [(&'static str, Self); 2] = [("drain", Self::Drain), ("teardown", Self::Teardown)];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Teardown => "teardown",
        }
    }

    /// The variant of the runtime's `HandlerPhase`.
    pub(super) fn variant(self) -> TokenStream {
        match self {
            Self::Drain => quote!(Drain),
            Self::Teardown => quote!(Teardown),
        }
    }
}
