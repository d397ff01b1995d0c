//! Not public API: what the expansions name, and only they.

pub use std::boxed::Box;

pub use graceful_core::HandlerPhase;
pub use graceful_core::order::Place;
use graceful_core::record::piece::write;
pub use graceful_core::record::piece::{Named, Piece, length};
pub use inventory;
pub use tokio;

#[cfg(feature = "sockets")]
pub use crate::__socket as socket;
pub use crate::arguments::{CheckContext, HandlerArgument, HandlerContext, HealthCheckArgument};
pub use crate::handler::{After, Handler};
pub use crate::health::{Health, HealthCheck, HealthCheckReturn};
pub use crate::outcome::Outcome;
pub use crate::registry::{BoxFuture, Call, Description, Linked};
pub use crate::returns::{
    AsItIs, ByConversion, ByDisplay, ByNothing, ByReference, HandlerReturn, MainAsItIs, MainByConversion,
    MainByDisplay, MainByReference, MainReturn, ReportableError, Returned,
};
pub use crate::run::{ConfigureReturn, Flavor, MainConfig, assert_plan, configured, run_async, run_sync};
#[cfg(feature = "sockets")]
pub use crate::sockets::record::assert_name;
#[cfg(feature = "testing")]
pub use crate::testing::run_test;
pub use crate::{__meta as meta, __register as register, __register_main as register_main};

/// A type that the compiler infers. Its tokens can be given the place of the user's type, which messages then underline.
pub type Inferred<T> = T;

/// Fails when the plan does not fit: the generated test. It finds the configuration of main as `testing` does, since the
/// function `__config` is inside main.
///
/// # Panics
///
/// If a plan does not fit, or if no main is linked.
#[track_caller]
pub fn assert_main_plan() {
    let mut mains = inventory::iter::<MainConfig>.into_iter().peekable();
    assert!(mains.peek().is_some(), "the configuration of main is not linked");
    for MainConfig(config) in mains {
        assert_plan(config());
    }
}

/// The line of JSON about main, as the linker brings it here.
pub struct MainMeta {
    pub meta: &'static [u8],
}

inventory::collect!(MainMeta);

/// A shutdown handler that others can name in `after`: the hidden type beside the function implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shutdown handler",
    label = "not a function with `#[on_shutdown]`",
    note = "`after` expects the path of a function with `#[on_shutdown]`"
)]
pub trait NamedHandler {
    /// Depends on that of each handler in its `after`, so that the compiler rejects a cycle.
    const SHUTDOWN_ORDER: Place;
    const NAMED: Named<'static>;
}

/// How the record and the registry refer to a handler.
#[must_use]
pub const fn named<T: NamedHandler>() -> Named<'static> {
    T::NAMED
}

/// Where a handler of this phase runs: with the priority that it sets, or with the default.
#[must_use]
pub const fn place(phase: HandlerPhase, priority: Option<i32>) -> Place {
    match priority {
        Some(priority) => Place { phase, priority },
        None => Place::of(phase),
    }
}

/// Checks that a handler can run after another. The compiler reports the panic at the call, which has the place of the other
/// handler's path.
///
/// # Panics
///
/// If it cannot.
#[track_caller]
#[expect(clippy::panic, reason = "the compiler evaluates it")]
pub const fn check(before: Place, phase: HandlerPhase, priority: Option<i32>) {
    let place = match priority {
        Some(_) => place(phase, priority),
        None => Place::of(phase).after(before),
    };
    if let Err(contradiction) = place.check(before) {
        panic!("{}", contradiction.message());
    }
}

/// Registers a function at link time, and its line of JSON.
#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    (
        name = $name:expr, function = $function:literal, file = $file:literal, line = $line:literal,
        timeout = $timeout:expr, $(all_of = [$($all_of:expr),*],)? role = $role:expr, head = $head:literal, tail = $tail:literal
        $(, $constant:ident = $value:expr, tail = $more:literal)* $(,)?
    ) => {
        $crate::__private::meta!($head, $tail $(, $constant = $value, $more)*);
        fn __description() -> $crate::__private::Description {
            $crate::__private::Description {
                name: $name,
                path: ::core::concat!(::core::module_path!(), "::", $function),
                location: ::core::concat!($file, ":", $line),
                all_of: &[$($($all_of),*)?],
                meta: &__META,
            }
        }
        $crate::__private::inventory::submit! {
            $crate::__private::Linked { timeout: $timeout, role: $role, description: __description }
        }
    };
}

/// Registers main's line of JSON: what is registered is linked.
#[doc(hidden)]
#[macro_export]
macro_rules! __register_main {
    (head = $head:literal, tail = $tail:literal $(,)?) => {
        $crate::__private::meta!($head, $tail);
        $crate::__private::inventory::submit! {
            $crate::__private::MainMeta { meta: &__META }
        }
    };
}

/// `static __META`, a line of JSON in its own section: `cargo graceful` reads it from the finished binary. The
/// module's path goes between head and tail, and the values of constants between the parts of the tail.
#[doc(hidden)]
#[macro_export]
macro_rules! __meta {
    ($head:literal, $tail:literal $(, $constant:ident = $value:expr, $more:literal)* $(,)?) => {
        $crate::__private::meta! { @ [#[used]] $head, $tail $(, $constant = $value, $more)* }
    };
    // Without `#[used]` it is linked only if something that is linked refers to it.
    (@ [$($used:tt)*] $head:literal, $tail:literal $(, $constant:ident = $value:expr, $more:literal)* $(,)?) => {
        const __PIECES: &[$crate::__private::Piece<'static>] = &[
            $crate::__private::Piece::Text(::core::concat!($head, ::core::module_path!(), $tail)),
            $($crate::__private::Piece::$constant($value), $crate::__private::Piece::Text($more),)*
        ];

        $($used)*
        #[cfg_attr(
            any(
                target_os = "linux",
                target_os = "android",
                target_os = "freebsd",
                target_os = "netbsd",
                target_os = "openbsd",
                target_os = "dragonfly",
                target_os = "illumos",
                target_os = "solaris",
            ),
            unsafe(link_section = "graceful_meta")
        )]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__graceful"))]
        #[cfg_attr(windows, unsafe(link_section = ".gracefl"))]
        static __META: [::core::primitive::u8; $crate::__private::length(__PIECES)] =
            $crate::__private::to_array(__PIECES);
    };
}

/// The bytes themselves: in the section stands the text, not a pointer to it.
#[must_use]
pub const fn to_array<const N: usize>(pieces: &[Piece<'_>]) -> [u8; N] {
    let mut array = [0; N];
    write(pieces, &mut array);
    array
}
