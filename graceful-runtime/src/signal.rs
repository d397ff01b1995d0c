//! The platform's signals as one stream.

#[cfg(unix)]
mod inherited;

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::{fmt, process};

pub(crate) use graceful_core::Signal;
use graceful_core::text::join;

use crate::error::{Error, ErrorKind};

/// The registered signals. From [`Signals::register`] on none of them kills the process.
pub(crate) struct Signals(Vec<(Signal, platform::Source)>);

/// The handlers as they were registered, and the process in which: to notice later what keeps signals from arriving.
pub(crate) struct Registered {
    process: u32,
    handlers: Vec<(Signal, Option<usize>)>,
}

/// Why signals may not start the shutdown any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lost {
    /// This process is a fork: it has no supervisor.
    Forked,
    /// Another handler has replaced graceful's. It may call the earlier one.
    Replaced(Vec<Signal>),
}

impl Registered {
    /// Looks at what has changed since. Some system calls, so not for each request.
    pub(crate) fn lost(&self) -> Option<Lost> {
        if process::id() != self.process {
            return Some(Lost::Forked);
        }
        let replaced = self.handlers.iter().filter(|(signal, handler)| platform::handler(*signal) != *handler);
        let replaced: Vec<_> = replaced.map(|(signal, _)| *signal).collect();
        (!replaced.is_empty()).then_some(Lost::Replaced(replaced))
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forked => f.write_str(
                "this process was forked after graceful had started: no signal starts its shutdown, and no handler runs; \
                 fork before `Config::run`, or not at all",
            ),
            Self::Replaced(signals) => {
                let names: Vec<_> = signals.iter().map(Signal::to_string).collect();
                write!(
                    f,
                    "another handler for {} was installed after graceful's: unless it calls the earlier one, the signal does \
                     not start the shutdown",
                    join(&names, " and ")
                )
            }
        }
    }
}

impl Signals {
    /// Registers at once, not at the first poll. Unblocks the signals too, for this thread and for those that it starts
    /// later. One that came while it was blocked is received then. Call it inside a runtime whose I/O driver is enabled.
    pub(crate) fn register(signals: &[Signal]) -> Result<Self, Error> {
        let mut registered = Vec::with_capacity(signals.len());
        for &signal in signals {
            for source in platform::sources(signal) {
                let source = source.map_err(|cause| {
                    let what = format!("cannot register a handler for {signal}");
                    Error::caused(ErrorKind::Signal, what, cause)
                })?;
                registered.push((signal, source));
            }
        }
        platform::unblock(signals)
            .map_err(|cause| Error::caused(ErrorKind::Signal, "cannot unblock the signals", cause))?;
        Ok(Self(registered))
    }

    /// What was registered.
    pub(crate) fn registered(&self) -> Registered {
        let handlers = self.0.iter().map(|(signal, _)| (*signal, platform::handler(*signal)));
        Registered { process: process::id(), handlers: handlers.collect() }
    }

    /// The next signal. Signals of one kind that come in quick succession may come as one. Cancel safe.
    pub(crate) async fn next(&mut self) -> Signal {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Signal> {
        for (signal, source) in &mut self.0 {
            if source.poll_recv(context).is_ready() {
                return Poll::Ready(*signal);
            }
        }
        Poll::Pending
    }
}

/// Whether somebody has installed a handler for this signal. `true` where that cannot be seen.
pub(crate) fn is_handled(signal: Signal) -> bool {
    platform::is_handled(signal)
}

#[cfg(unix)]
mod platform {
    use std::io;

    use tokio::signal::unix::{self, SignalKind};

    pub(super) use tokio::signal::unix::Signal as Source;

    use super::{Signal, inherited};

    fn kind(signal: Signal) -> Option<SignalKind> {
        Some(match signal {
            Signal::Terminate => SignalKind::terminate(),
            Signal::Interrupt => SignalKind::interrupt(),
            Signal::Hangup => SignalKind::hangup(),
            Signal::Quit => SignalKind::quit(),
            Signal::User1 => SignalKind::user_defined1(),
            Signal::User2 => SignalKind::user_defined2(),
            _ => return None,
        })
    }

    /// None for a SIGHUP that is ignored: `nohup` asks so for a program that stays.
    pub(super) fn sources(signal: Signal) -> Vec<io::Result<Source>> {
        match kind(signal) {
            Some(kind) if signal == Signal::Hangup && inherited::is_ignored(kind.as_raw_value()) => Vec::new(),
            Some(kind) => vec![unix::signal(kind)],
            None => vec![Err(io::ErrorKind::Unsupported.into())],
        }
    }

    pub(super) fn is_handled(signal: Signal) -> bool {
        kind(signal).is_some_and(|kind| inherited::is_handled(kind.as_raw_value()))
    }

    /// The handler of a signal, as a number to compare.
    pub(super) fn handler(signal: Signal) -> Option<usize> {
        inherited::action(kind(signal)?.as_raw_value())
    }

    pub(super) fn unblock(signals: &[Signal]) -> io::Result<()> {
        let numbers = signals.iter().filter_map(|signal| kind(*signal)).map(|kind| kind.as_raw_value());
        inherited::unblock(&numbers.collect::<Vec<_>>())
    }
}

#[cfg(windows)]
mod platform {
    use std::io;
    use std::task::{Context, Poll};

    use tokio::signal::windows;

    use super::Signal;

    pub(super) enum Source {
        C(windows::CtrlC),
        Break(windows::CtrlBreak),
        Close(windows::CtrlClose),
        Logoff(windows::CtrlLogoff),
        Shutdown(windows::CtrlShutdown),
    }

    impl Source {
        pub(super) fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<()>> {
            match self {
                Self::C(source) => source.poll_recv(context),
                Self::Break(source) => source.poll_recv(context),
                Self::Close(source) => source.poll_recv(context),
                Self::Logoff(source) => source.poll_recv(context),
                Self::Shutdown(source) => source.poll_recv(context),
            }
        }
    }

    pub(super) fn is_handled(_: Signal) -> bool {
        true
    }

    /// Nobody can replace the handler here: each is called.
    pub(super) fn handler(_: Signal) -> Option<usize> {
        None
    }

    /// No signal is blocked here.
    pub(super) fn unblock(_: &[Signal]) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn sources(signal: Signal) -> Vec<io::Result<Source>> {
        match signal {
            Signal::Interrupt => vec![windows::ctrl_c().map(Source::C)],
            Signal::Terminate => vec![
                windows::ctrl_break().map(Source::Break),
                windows::ctrl_close().map(Source::Close),
                windows::ctrl_logoff().map(Source::Logoff),
                windows::ctrl_shutdown().map(Source::Shutdown),
            ],
            // The others do not exist here.
            _ => Vec::new(),
        }
    }
}
