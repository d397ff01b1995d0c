//! Models of the count of work in flight, and of the flags of a scope: loom runs each in the orders, and with the stale values, that
//! the memory model allows.
//!
//! Count and flag are the runtime's own files, compiled against loom's atomics. The numbers of shards and threads are small here,
//! and large enough for each of its steps to meet each other.
//!
//! The phase is not modelled: it is a `tokio::sync::watch`, which loom cannot see into. Nor is the registration of
//! handlers: it happens under one mutex, like the taking.

#![cfg(test)]

#[path = "../../../graceful-runtime/src/in_flight/count.rs"]
mod count;
#[path = "../../../graceful-runtime/src/scope/flag.rs"]
mod flag;
mod models;
mod sync {
    pub(super) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
}
