//! The macros, which leave a record of a socket in the binary.

use graceful_core::record::Socket;

const NAME: &str = "the name of a socket is 1 to 255 ASCII letters, digits and `-_.@`";

/// Checks a name in the source. The compiler reports the panic.
///
/// # Panics
///
/// If systemd cannot pass a socket under this name.
#[track_caller]
#[expect(clippy::panic, reason = "the compiler evaluates it")]
pub const fn assert_name(name: &str) {
    if !Socket::is_name(name) {
        panic!("{}", NAME);
    }
}

/// Calls a function of `sockets`, and leaves a line of JSON about the socket.
#[doc(hidden)]
#[macro_export]
macro_rules! __socket {
    ($function:ident, $kind:literal, $name:literal, $address:expr $(, $literal:literal)?) => {{
        const _: () = $crate::__private::assert_name($name);
        $crate::__private::meta! {
            @ [] "{\"graceful\":1,\"kind\":\"socket\",\"module\":\"", "\",\"name\":\"",
            Escaped = $name, "\",\"type\":\"", Text = $kind, "\"",
            $(Text = ",\"address\":\"", "", Escaped = $literal, "\"",)?
            Text = ",\"file\":\"", "", Escaped = ::core::file!(), "\",\"line\":",
            Integer = ::core::line!().cast_signed(), "}\n"
        }
        // It is linked if this call is.
        ::core::hint::black_box(&__META);
        $crate::sockets::$function($name, $address)
    }};
}

/// Calls [`tcp`](fn@crate::sockets::tcp), and leaves a record for `cargo graceful units` and `cargo graceful check`.
///
/// The name is a literal. If the address is one too, the record has it; otherwise `cargo graceful units` asks for it.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let listener = graceful::sockets::tcp!("http", "127.0.0.1:0").await?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! __tcp {
    ($name:literal, $address:literal $(,)?) => {
        $crate::__private::socket!(tcp, "tcp", $name, $address, $address)
    };
    ($name:literal, $address:expr $(,)?) => {
        $crate::__private::socket!(tcp, "tcp", $name, $address)
    };
    ($($other:tt)*) => {
        ::core::compile_error!("expected the name as a literal, and the address: `tcp!(\"http\", \"0.0.0.0:8080\")`")
    };
}

/// Calls [`unix`](fn@crate::sockets::unix), and leaves a record, as [`tcp!`](macro@crate::sockets::tcp) does.
///
/// ```no_run
/// # mod graceful { pub use graceful_runtime::*; }
/// # async fn example() -> std::io::Result<()> {
/// let listener = graceful::sockets::unix!("control", "/run/my-service/control.sock").await?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! __unix {
    ($name:literal, $path:literal $(,)?) => {
        $crate::__private::socket!(unix, "unix", $name, $path, $path)
    };
    ($name:literal, $path:expr $(,)?) => {
        $crate::__private::socket!(unix, "unix", $name, $path)
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "expected the name as a literal, and the path: `unix!(\"control\", \"/run/app/control.sock\")`"
        )
    };
}

/// Calls [`udp`](fn@crate::sockets::udp), and leaves a record, as [`tcp!`](macro@crate::sockets::tcp) does.
///
/// ```
/// # mod graceful { pub use graceful_runtime::*; }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let socket = graceful::sockets::udp!("statsd", "127.0.0.1:0").await?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! __udp {
    ($name:literal, $address:literal $(,)?) => {
        $crate::__private::socket!(udp, "udp", $name, $address, $address)
    };
    ($name:literal, $address:expr $(,)?) => {
        $crate::__private::socket!(udp, "udp", $name, $address)
    };
    ($($other:tt)*) => {
        ::core::compile_error!("expected the name as a literal, and the address: `udp!(\"dns\", \"0.0.0.0:53\")`")
    };
}
