//! No job is lost, and none is half done: a thousand jobs, while their worker is replaced again and again.
//!
//! The same is done to a worker without graceful, which does leave jobs half done: so it would be noticed.
#![cfg(unix)]

mod accounts;
mod broker;
mod cases;
mod probes;
mod rollout;

mod away;
mod jobs;
mod nats;
mod options;
mod queues;
mod redis;
mod sqlite;
mod start;
mod worker;
