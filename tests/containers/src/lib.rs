//! Real containers for tests: a [`Sandbox`](sandbox::Sandbox) in which podman and runc leave nothing behind, and the
//! [root file system](root) of an image that has a program and the libraries that it loads, and nothing else.
#![cfg(target_os = "linux")]

pub mod podman;
pub mod root;
pub mod sandbox;
