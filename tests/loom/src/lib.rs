//! Models of the count of work in flight, and of the state of the drive: loom runs each in the orders, and with the stale
//! values, that the memory model allows.
//!
//! Both are the runtime's own files, compiled against loom's atomics. Its numbers of shards and threads are small
//! here, and large enough for each of its steps to meet each other.
//!
//! `lifecycle.rs` is not modelled: its state is moved under one mutex and told by tokio-util's `CancellationToken`,
//! which loom can't see into.

#![cfg(test)]

#[path = "../../../graceful-runtime/src/in_flight/count.rs"]
mod count;
mod models;
#[path = "../../../graceful-runtime/src/drive/state.rs"]
mod state;
mod sync {
    pub(super) use loom::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
}
