//! The platform's signals as one stream.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use crate::error::{Error, ErrorKind};

/// A signal that starts the shutdown.
///
/// On Windows [`Interrupt`](Signal::Interrupt) is Ctrl-C, and [`Terminate`](Signal::Terminate) is Ctrl-Break and the
/// close, logoff and shutdown events; the others never come there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Signal {
    /// SIGTERM: what Kubernetes, systemd and `kill` send.
    Terminate,
    /// SIGINT: Ctrl-C at a terminal. A person is waiting, so the lame duck is skipped, and each further one moves the
    /// shutdown one stage on.
    Interrupt,
    /// SIGHUP.
    Hangup,
    /// SIGQUIT.
    Quit,
    /// SIGUSR1.
    User1,
    /// SIGUSR2.
    User2,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Terminate => "SIGTERM",
            Self::Interrupt => "SIGINT",
            Self::Hangup => "SIGHUP",
            Self::Quit => "SIGQUIT",
            Self::User1 => "SIGUSR1",
            Self::User2 => "SIGUSR2",
        })
    }
}

/// The registered signals. From [`Signals::register`] on none of them ends the process any more.
pub(crate) struct Signals(Vec<(Signal, platform::Source)>);

impl Signals {
    /// Registers at once, not at the first poll. Call it inside a runtime whose I/O driver is enabled.
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
        Ok(Self(registered))
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

#[cfg(unix)]
mod platform {
    use std::io;

    use tokio::signal::unix::{self, SignalKind};

    pub(super) use tokio::signal::unix::Signal as Source;

    use super::Signal;

    pub(super) fn sources(signal: Signal) -> [io::Result<Source>; 1] {
        [unix::signal(match signal {
            Signal::Terminate => SignalKind::terminate(),
            Signal::Interrupt => SignalKind::interrupt(),
            Signal::Hangup => SignalKind::hangup(),
            Signal::Quit => SignalKind::quit(),
            Signal::User1 => SignalKind::user_defined1(),
            Signal::User2 => SignalKind::user_defined2(),
        })]
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

    pub(super) fn sources(signal: Signal) -> Vec<io::Result<Source>> {
        match signal {
            Signal::Interrupt => vec![windows::ctrl_c().map(Source::C)],
            Signal::Terminate => vec![
                windows::ctrl_break().map(Source::Break),
                windows::ctrl_close().map(Source::Close),
                windows::ctrl_logoff().map(Source::Logoff),
                windows::ctrl_shutdown().map(Source::Shutdown),
            ],
            Signal::Hangup | Signal::Quit | Signal::User1 | Signal::User2 => Vec::new(),
        }
    }
}
