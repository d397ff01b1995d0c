//! Models of the count of work in flight: loom runs each in the orders, and with the stale values, that the memory model
//! allows.
//!
//! The count is the runtime's own file, compiled against loom's atomics. The numbers of shards and threads are small here,
//! and large enough for each of its steps to meet each other.
//!
//! The phase is not modelled: it is a `tokio::sync::watch`, which loom cannot see into. Nor is the registration of
//! handlers: it happens under one mutex, like the taking.

#![cfg(test)]

#[path = "../../../graceful-runtime/src/in_flight/count.rs"]
mod count;
mod models;
mod sync {
    pub(super) use loom::sync::atomic::{AtomicUsize, Ordering};
}
