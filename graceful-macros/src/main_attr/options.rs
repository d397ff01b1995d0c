//! The keys of `#[graceful::main]`.

use std::net::SocketAddr;
use std::time::Duration;

use graceful_core::duration::written;
use graceful_core::timeouts::Timeouts;
use graceful_core::{Signal, record};
use proc_macro2::{Span, TokenStream};
use syn::{Error, Ident, LitStr, Path};

use super::{Features, signals};
use crate::args::{Arg, Keys};
use crate::errors::Errors;
use crate::expand::{location, private};
use crate::runtime::Runtime;
use crate::value::Value;

const KEYS: Keys = Keys {
    valid: &[
        ("grace_period", "\"24s\""),
        ("lame_duck", "\"5s\""),
        ("drain_timeout", "\"12s\""),
        ("handler_timeout", "\"3s\""),
        ("signals", "[SIGTERM, SIGINT]"),
        ("probes", "\"0.0.0.0:8081\""),
        ("heartbeat_timeout", "\"10s\""),
        ("health_cache", "\"1s\""),
        ("manifest", "\"deploy/deployment.yaml\""),
        ("container", "\"api\""),
        ("service", "\"api\""),
        ("configure", "settings"),
        ("plan_test", "false"),
        ("flavor", "\"current_thread\""),
        ("worker_threads", "4"),
        ("start_paused", "true"),
        ("unhandled_panic", "\"shutdown_runtime\""),
        ("name", "\"app\""),
        ("crate", "my_crate::graceful"),
    ],
    hint,
};

#[derive(Default)]
pub(super) struct Options {
    pub(super) grace_period: Option<Given<Duration>>,
    pub(super) lame_duck: Option<Given<Duration>>,
    pub(super) drain_timeout: Option<Given<Duration>>,
    pub(super) handler_timeout: Option<Given<Duration>>,
    pub(super) signals: Option<Given<Vec<Signal>>>,
    pub(super) probes: Option<Given<SocketAddr>>,
    pub(super) heartbeat_timeout: Option<Given<Duration>>,
    pub(super) health_cache: Option<Given<Duration>>,
    pub(super) manifest: Option<LitStr>,
    /// The key `container` or `service`, and its value: the two mean the same.
    pub(super) container: Option<(&'static str, LitStr)>,
    pub(super) configure: Option<Path>,
    pub(super) no_plan_test: bool,
    pub(super) runtime: Runtime,
    pub(super) krate: Option<Path>,
    /// Whether the program notifies systemd.
    pub(super) systemd: bool,
}

/// The value of a key that is a method of `Config`.
pub(super) struct Given<T> {
    pub(super) method: Ident,
    pub(super) value: T,
    /// The value as it is written, for errors.
    source: Value,
}

impl Options {
    pub(super) fn parse(args: TokenStream, features: Features, errors: &mut Errors) -> Self {
        let mut options = Self { systemd: features.systemd, ..Self::default() };
        let (paths, args): (Vec<_>, Vec<_>) = KEYS.parse(args, errors).into_iter().partition(|arg| arg.key == "crate");
        for arg in paths.into_iter().chain(args) {
            let result = options.set(arg, features, errors);
            errors.check(result);
        }
        options
    }

    fn set(&mut self, arg: Arg, features: Features, errors: &mut Errors) -> syn::Result<()> {
        match arg.key {
            "probes" | "heartbeat_timeout" if !features.probes => return Err(lacks_feature(&arg, "probes")),
            "manifest" | "container" | "service" if !features.kubernetes => {
                return Err(lacks_feature(&arg, "kubernetes"));
            }
            "grace_period" | "lame_duck" | "drain_timeout" | "handler_timeout" | "heartbeat_timeout"
            | "health_cache"
                if arg.value.is_path() =>
            {
                return Err(constant(&arg.value));
            }
            "grace_period" => self.grace_period = Some(Given::new(arg, Value::positive_duration)?),
            "lame_duck" => self.lame_duck = Some(Given::new(arg, Value::duration)?),
            "drain_timeout" => self.drain_timeout = Some(Given::new(arg, Value::duration)?),
            "handler_timeout" => self.handler_timeout = Some(Given::new(arg, Value::positive_duration)?),
            "signals" => self.signals = Some(Given::new(arg, |value| signals::parse(value, errors))?),
            "probes" => self.probes = Some(Given::new(arg, Value::address)?),
            "heartbeat_timeout" => self.heartbeat_timeout = Some(Given::new(arg, Value::positive_duration)?),
            "health_cache" => self.health_cache = Some(Given::new(arg, Value::duration)?),
            "manifest" => self.manifest = Some(arg.value.name()?),
            "container" | "service" => {
                if let Some((other, _)) = &self.container {
                    let key = arg.key;
                    return Err(Error::new_spanned(
                        &arg.name,
                        format!("`{key}` means the same as `{other}`: keep one"),
                    ));
                }
                self.container = Some((arg.key, arg.value.name()?));
            }
            "configure" => {
                self.configure =
                    Some(arg.value.path_or("the path of a function from `Config` to `Config`, such as `settings`")?);
            }
            "plan_test" => self.no_plan_test = !arg.value.boolean()?,
            "crate" => self.krate = Some(arg.value.path()?),
            _ => self.runtime.set(arg, &private(self.krate.as_ref()))?,
        }
        Ok(())
    }

    /// The keys that are durations, in the order of the record's fields.
    pub(super) fn durations(&self) -> [Option<&Given<Duration>>; 6] {
        [
            &self.grace_period,
            &self.lame_duck,
            &self.drain_timeout,
            &self.handler_timeout,
            &self.heartbeat_timeout,
            &self.health_cache,
        ]
        .map(Option::as_ref)
    }

    /// The timeouts of the shutdown, with the defaults of keys that are not set.
    pub(super) fn timeouts(&self) -> Timeouts {
        let [grace_period, lame_duck, drain_timeout, handler_timeout, ..] =
            self.durations().map(|given| given.map(|given| given.value));
        Timeouts::with_defaults([grace_period, lame_duck, drain_timeout, handler_timeout])
    }

    /// The names of the signals.
    pub(super) fn signal_names(&self) -> Option<Vec<String>> {
        let signals = self.signals.as_ref()?;
        Some(signals.value.iter().map(Signal::to_string).collect())
    }

    pub(super) fn probes(&self) -> Option<SocketAddr> {
        self.probes.as_ref().map(|probes| probes.value)
    }

    /// The record of main, whose name is at `span`.
    pub(super) fn record(&self, span: Span) -> record::Main {
        let [grace_period, lame_duck, drain_timeout, handler_timeout, heartbeat_timeout, health_cache] =
            self.durations().map(|given| given.map(|given| given.value));
        let (file, line) = location(span);
        record::Main {
            module: String::new(),
            grace_period,
            lame_duck,
            drain_timeout,
            handler_timeout,
            heartbeat_timeout,
            health_cache,
            signals: self.signal_names(),
            probes: self.probes(),
            systemd: self.systemd,
            file,
            line,
        }
    }

    /// Checks the keys against each other.
    pub(super) fn check(&mut self, main_is_async: bool, errors: &mut Errors) {
        self.runtime.check(main_is_async, errors);
        let Timeouts { grace_period, lame_duck, .. } = self.timeouts();
        let of = match self.grace_period {
            Some(_) => format!("the grace period of {}", written(grace_period)),
            None => format!("the default grace period of {}", written(grace_period)),
        };
        if let Some(Given { source, .. }) = self.lame_duck.as_ref().filter(|_| lame_duck >= grace_period) {
            errors.push(source.error(format_args!("the lame duck must be shorter than {of}")));
        } else if let Some(Given { value, source, .. }) = &self.drain_timeout
            && lame_duck + *value >= grace_period
        {
            errors.push(source.error(if lame_duck.is_zero() {
                format!("the drain timeout must be shorter than {of}")
            } else {
                let [lame_duck, drain, both] = [lame_duck, *value, lame_duck + *value].map(written);
                format!("lame duck ({lame_duck}) and drain ({drain}) take {both}, which must be shorter than {of}")
            }));
        }
        if let Some(Given { value, source, .. }) = &self.handler_timeout
            && *value > grace_period
        {
            errors.push(source.error(format_args!("a handler's timeout cannot be longer than {of}")));
        }
        if let (None, Some((key, name))) = (&self.manifest, &self.container) {
            let example = if *key == "service" { "compose.yaml" } else { "deploy/deployment.yaml" };
            errors.at(name, format_args!("`{key}` needs `manifest`, such as `manifest = \"{example}\"`"));
        }
    }
}

impl<T> Given<T> {
    fn new(arg: Arg, parse: impl FnOnce(&Value) -> syn::Result<T>) -> syn::Result<Self> {
        Ok(Self { method: arg.method(), value: parse(&arg.value)?, source: arg.value })
    }
}

/// The attribute, the manifest check and `cargo graceful` read the numbers of main, and none of them can read a constant.
fn constant(value: &Value) -> Error {
    value.error(format_args!(
        "`{}` expects a duration in quotes, such as `\"5s\"`: the check of the plan and of the manifest reads it here\n\
         to use a constant or an argument, set it in a function, and write `configure = settings`",
        value.key()
    ))
}

fn lacks_feature(arg: &Arg, feature: &str) -> Error {
    let key = arg.key;
    let message = format!(
        "the key `{key}` needs the feature `{feature}` of the package `gracefully`\n\
         `cargo add gracefully --features {feature}` turns it on"
    );
    Error::new_spanned(&arg.name, message)
}

fn hint(key: &str) -> Option<String> {
    match key {
        "core_threads" => Some("the key is called `worker_threads`".to_owned()),
        "multi_thread" | "threaded_scheduler" => Some("expected `flavor = \"multi_thread\"`".to_owned()),
        "current_thread" | "basic_scheduler" | "single_thread" | "single_threaded" => {
            Some("expected `flavor = \"current_thread\"`".to_owned())
        }
        "local" => Some("expected `flavor = \"local\"`".to_owned()),
        "systemd" | "kubernetes" | "metrics" | "serde" | "axum" | "tower" | "http" | "testing" | "tls" => {
            Some(format!(
                "`{key}` is a feature of the package, and no key: `cargo add gracefully --features {key}` turns it on"
            ))
        }
        _ => None,
    }
}
