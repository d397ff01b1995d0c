//! The keys of `#[on_shutdown]`.

use std::time::Duration;

use graceful_core::HandlerPhase;
use proc_macro2::TokenStream;
use syn::{Ident, LitStr, Path};

use crate::args::Keys;
use crate::errors::Errors;
use crate::value::{Conditional, Known};

const KEYS: Keys = Keys {
    valid: &[
        ("priority", "10"),
        ("after", "stop_workers"),
        ("timeout", "\"5s\""),
        ("name", "\"database\""),
        ("named", "false"),
        ("phase", "\"drain\""),
        ("crate", "my_crate::graceful"),
    ],
    hint: |_| None,
};

pub(super) struct Options {
    /// `None`: 0, or that of a handler in `after`.
    pub(super) priority: Option<Known<i32>>,
    pub(super) after: Vec<Conditional>,
    pub(super) timeout: Option<Known<Duration>>,
    pub(super) name: Option<LitStr>,
    /// Whether other handlers can name this one in `after`.
    pub(super) named: bool,
    pub(super) phase: HandlerPhase,
    pub(super) krate: Option<Path>,
    /// The keys that are methods of `HandlerBuilder`.
    pub(super) methods: Vec<Ident>,
}

impl Options {
    pub(super) fn parse(args: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self {
            priority: None,
            after: Vec::new(),
            timeout: None,
            name: None,
            named: true,
            phase: HandlerPhase::default(),
            krate: None,
            methods: Vec::new(),
        };
        let phases = HandlerPhase::ALL.map(|phase| (phase.label(), phase));
        for arg in KEYS.parse(args, errors) {
            if ["priority", "after", "timeout", "phase"].contains(&arg.key) {
                options.methods.push(arg.method());
            }
            let value = &arg.value;
            let result = match arg.key {
                "priority" => value
                    .integer_or_constant("an integer that fits an i32")
                    .map(|priority| options.priority = Some(priority)),
                "after" => value.paths().map(|after| options.after = after),
                "timeout" => value.positive_duration_or_constant().map(|timeout| options.timeout = Some(timeout)),
                "name" => value.name().map(|name| options.name = Some(name)),
                "named" => value.boolean().map(|named| options.named = named),
                "phase" => value.choice("phase", &phases, |_| None).map(|phase| options.phase = phase),
                _crate => value.path().map(|path| options.krate = Some(path)),
            };
            errors.check(result);
        }
        options
    }
}
