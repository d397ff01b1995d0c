//! Models of the count of work in flight, of the state of the drive, and of the phase: loom runs each in the orders, and
//! with the stale values, that the memory model allows.
//!
//! All are the runtime's own files, compiled against loom's atomics. Its numbers of shards and threads are small
//! here, and large enough for each of its steps to meet each other.
//!
//! Who is told of a phase is not modelled: that is tokio-util's `CancellationToken`, which loom can't see into. Nor is the
//! registration of handlers: it happens under one mutex, like the taking.

#![cfg(test)]

#[path = "../../../graceful-runtime/src/in_flight/count.rs"]
mod count;
mod models;
#[path = "../../../graceful-runtime/src/lifecycle/state.rs"]
mod phase;
#[path = "../../../graceful-runtime/src/drive/state.rs"]
mod state;
mod sync {
    pub(super) use std::sync::PoisonError;

    pub(super) use loom::sync::Mutex;
    pub(super) use loom::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
}
