//! The other crates, each used as its documentation says.

mod async_shutdown;
mod by_hand;
mod drain;
mod task_tracker;
mod tokio_graceful;

pub use self::async_shutdown::AsyncShutdown;
pub use self::by_hand::ByHand;
pub use self::drain::Drain;
pub use self::task_tracker::Tracker;
pub use self::tokio_graceful::TokioGraceful;

/// A crate that counts work in flight with guards.
pub trait Peer: Sized + Sync {
    /// Work in flight: the drain waits until it is dropped.
    type Guard: Send + 'static;

    /// Call it inside a runtime.
    fn start() -> Self;

    /// Returns a guard.
    fn guard(&self) -> Self::Guard;

    /// Resolves when the drain begins.
    fn stopping(&self) -> impl Future<Output = ()> + Send + 'static;

    /// Spawns a tracked task that calls `started` and ends when the drain begins.
    fn spawn_until_stopping(&self, started: impl FnOnce() + Send + 'static);

    /// Begins the drain and waits until nothing is in flight.
    fn end(self) -> impl Future<Output = ()>;
}
