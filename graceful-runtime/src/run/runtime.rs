//! The application's runtime, of whichever flavor.

use std::io;
use std::thread;

pub use graceful_core::Flavor;
use tokio::runtime::{Builder, Handle, LocalRuntime, Runtime};

use crate::error::{Error, ErrorKind};
use crate::supervisor::cannot_start;

pub(super) enum AnyRuntime {
    Shared(Runtime),
    Local(LocalRuntime),
}

impl AnyRuntime {
    pub(super) fn build(mut builder: Builder, flavor: Flavor) -> Result<Self, Error> {
        let built = match flavor {
            Flavor::MultiThread | Flavor::CurrentThread => builder.build().map(Self::Shared),
            Flavor::Local => builder.build_local(Default::default()).map(Self::Local),
        };
        built.map_err(|cause: io::Error| cannot_start("the application's runtime", cause))
    }

    pub(super) fn handle(&self) -> &Handle {
        match self {
            Self::Shared(runtime) => runtime.handle(),
            Self::Local(runtime) => runtime.handle(),
        }
    }

    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self {
            Self::Shared(runtime) => runtime.block_on(future),
            Self::Local(runtime) => runtime.block_on(future),
        }
    }

    /// Gives the runtime a thread that drives it, beside main's: one of several threads drives itself.
    pub(super) fn drive_apart(self) -> Result<(), Error> {
        let Self::Shared(runtime) = self else {
            return Err(Error::new(ErrorKind::Config, "a local runtime needs an async main"));
        };
        let drive = move || runtime.block_on(std::future::pending::<()>());
        thread::Builder::new()
            .name("graceful-runtime".to_owned())
            .spawn(drive)
            .map(drop)
            .map_err(|cause| cannot_start("the runtime's thread", cause))
    }

    /// Lets go of the runtime without waiting for anything that runs on it.
    pub(super) fn leave_behind(self) {
        match self {
            Self::Shared(runtime) => runtime.shutdown_background(),
            Self::Local(runtime) => runtime.shutdown_background(),
        }
    }
}
