//! One of the two servers.

use std::fmt;
use std::net::SocketAddr;

use graceful_process_tests::{Ended, Program, Running, Signal};

/// Much longer than the load balancer's check takes to see it, also when the machine is too busy to run anybody in time.
const LAME_DUCK: &str = "2s";

/// Which program serves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// `06_axum`.
    Graceful,
    /// `06_axum_plain`, which SIGTERM kills.
    Plain,
    /// The same, with the graceful shutdown of axum.
    WithGracefulShutdown,
}

impl Service {
    /// Starts one, which listens when this returns.
    pub(crate) fn start(self, address: SocketAddr) -> Instance {
        let program = match self {
            Self::Graceful => Program::new(env!("CARGO_BIN_EXE_06_axum")).lame_duck(LAME_DUCK).drain_timeout("12s"),
            Self::Plain | Self::WithGracefulShutdown => Program::new(env!("CARGO_BIN_EXE_06_axum_plain")),
        };
        let program = program.arg(&address.to_string());
        let program = if self == Self::WithGracefulShutdown { program.arg("with_graceful_shutdown") } else { program };
        let running = program.start();
        running.wait_for(&format!("listening on http://{address}"));
        Instance { service: self, running }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Graceful => "graceful",
            Self::Plain => "no signal handling",
            Self::WithGracefulShutdown => "with_graceful_shutdown",
        })
    }
}

/// A server that runs. It is killed when this is dropped.
pub(crate) struct Instance {
    service: Service,
    running: Running,
}

impl Instance {
    /// Sends SIGTERM, and waits for the end.
    #[track_caller]
    pub(crate) fn terminate(mut self) -> Ended {
        self.running.signal(Signal::SIGTERM);
        let ended = self.running.end();
        if self.service == Service::Plain {
            assert_eq!(ended.signal, Some(Signal::SIGTERM as i32), "{ended}");
        } else {
            ended.exits_with(0);
        }
        ended
    }
}
