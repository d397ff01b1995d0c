//! `after` names a handler wherever a path can: in other modules and function bodies, through `use` and macros. `tests/linkage`
//! has other crates and editions.

#![forbid(nonstandard_style)]

use graceful::on_shutdown;

mod order {
    pub const LOW: i32 = -3;
}

mod workers {
    #[graceful::on_shutdown(priority = super::order::LOW)]
    pub(crate) async fn stop() {}

    pub(super) mod nested {
        #[graceful::on_shutdown(after = super::stop)]
        pub(in super::super) fn report() {}
    }
}

mod facade {
    pub(crate) use crate::workers::nested::*;
    pub(crate) use crate::workers::stop as stop_workers;
}

#[on_shutdown(after = facade::stop_workers)]
async fn re_exported() {}

#[on_shutdown(after = [crate::facade::report, workers::nested::report])]
fn other_modules() {}

#[on_shutdown(priority = order::LOW - 1, after = [self::re_exported, #[cfg(any())] gone, #[cfg(not(any()))] r#type])]
fn conditions() {}

#[on_shutdown(after = [])]
fn r#type() {}

#[on_shutdown(phase = "drain", priority = 5)]
fn earlier_phase() {}

#[on_shutdown(priority = 10, after = earlier_phase)]
fn later_phase() {}

fn in_a_function() {
    use crate::workers::stop as stopped;

    #[on_shutdown(after = stopped)]
    fn close() {}

    mod inner {
        #[graceful::on_shutdown(after = crate::workers::stop)]
        pub(super) fn close() {}
    }

    {
        #[on_shutdown(after = [inner::close, stopped])]
        fn close() {}

        #[on_shutdown(after = close)]
        fn innermost() {}
    }
}

macro_rules! after {
    ($name:ident, $($before:path),+) => {
        #[on_shutdown(after = [$($before),+])]
        fn $name() {}
    };
    (one $before:path) => {
        #[on_shutdown(after = $before)]
        async fn one() {}
    };
    (expression $before:expr) => {
        #[on_shutdown(after = $before)]
        async fn expression() {}
    };
    (identifier $before:ident) => {
        #[on_shutdown(after = $before)]
        async fn identifier() {}
    };
    (itself) => {
        #[on_shutdown]
        async fn first() {}

        #[on_shutdown(after = [first, $crate::workers::stop])]
        async fn second() {}
    };
}

after!(listed, workers::stop, self::facade::report, re_exported);
after!(one crate::workers::stop);
after!(expression [workers::stop, listed]);
after!(identifier listed);
after!(itself);

// The same name as something else.
mod metrics {
    pub fn push() {}
}

#[on_shutdown(named = false, after = workers::stop)]
fn metrics() {
    metrics::push();
}

#[on_shutdown(named = false, priority = order::LOW, after = [workers::stop])]
async fn tokio() {
    tokio::task::yield_now().await;
}

#[on_shutdown(named = true, after = workers::stop)]
fn close_database() {}

#[graceful::main]
async fn main() {
    in_a_function();
    let plan = graceful::plan();
    let priority = |name: &str| plan.handlers().iter().find(|handler| handler.name() == name).unwrap().priority();
    for (name, expected) in [
        ("workers::stop", -3),
        ("workers::nested::report", -3),
        ("conditions", -4),
        ("type", 0),
        ("later_phase", 10),
        ("other_modules", -3),
        ("tokio", -3),
    ] {
        assert_eq!(priority(name), expected, "{name}");
    }
}
