//! `examples/deploy`, as shipped: what the command says of it, and what becomes of `06_axum` in such a pod.
//!
//! Changes of it show that both can say something else.
#![cfg(unix)]

mod endpoints;
mod kubelet;
mod manifests;
mod pod;
mod probe;
mod traffic;

mod command;
mod files;
mod simulated;

const PROGRAM: &str = env!("CARGO_BIN_EXE_06_axum");
