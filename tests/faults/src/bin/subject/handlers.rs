//! The handlers: in each group of the drain and of teardown an asynchronous one, and a plain one beside it. And those of a scope.

use std::future::pending;

use graceful::on_shutdown;
use graceful_fault_tests::Place;
use graceful_process_tests::inside::tell;

use crate::combination;
use crate::strike::{strike, strike_plainly};

/// Tells when a handler begins, and when it ends or is dropped.
pub(crate) struct Shown(&'static str);

impl Shown {
    pub(crate) fn begin(name: &'static str) -> Self {
        tell(format_args!("began {name}"));
        Self(name)
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        tell(format_args!("ended {}", self.0));
    }
}

async fn run(name: &'static str, place: Place) -> Result<(), String> {
    let _shown = Shown::begin(name);
    if combination().struck_handler() == Some(name) { strike(place).await } else { Ok(()) }
}

fn run_plainly(name: &'static str, place: Place) -> Result<(), String> {
    let _shown = Shown::begin(name);
    if combination().struck_handler() == Some(name) { strike_plainly(place) } else { Ok(()) }
}

pub(crate) fn register_in_a_scope() {
    let scope = graceful::scope("scope");
    let flush = scope.handler("flush").register(|| run("scope/flush", Place::ScopeHandler));
    let plain =
        scope.handler("flush_plain").register_blocking(|| run_plainly("scope/flush_plain", Place::ScopeHandler));
    flush.and(plain).expect("the scope has not ended");
}

#[on_shutdown(priority = 20, phase = "drain", name = "drain_first")]
async fn drain_first() -> Result<(), String> {
    run("drain_first", Place::DrainHandler).await
}

#[on_shutdown(priority = 20, phase = "drain", name = "drain_first_plain")]
fn drain_first_plain() -> Result<(), String> {
    run_plainly("drain_first_plain", Place::DrainHandler)
}

#[on_shutdown(priority = 10, phase = "drain", name = "drain_last")]
async fn drain_last() {
    let _shown = Shown::begin("drain_last");
}

#[on_shutdown(priority = 30, name = "first")]
async fn first() -> Result<(), String> {
    if combination().first_holds() {
        let _shown = Shown::begin("first");
        return pending().await;
    }
    run("first", Place::First).await
}

#[on_shutdown(priority = 30, name = "first_plain")]
fn first_plain() -> Result<(), String> {
    run_plainly("first_plain", Place::First)
}

#[on_shutdown(priority = 20, name = "middle")]
async fn middle() -> Result<(), String> {
    run("middle", Place::Middle).await
}

#[on_shutdown(priority = 20, name = "middle_plain")]
fn middle_plain() -> Result<(), String> {
    run_plainly("middle_plain", Place::Middle)
}

#[on_shutdown(priority = 10, name = "last")]
async fn last() -> Result<(), String> {
    run("last", Place::Last).await
}

#[on_shutdown(priority = 10, name = "last_plain")]
fn last_plain() -> Result<(), String> {
    run_plainly("last_plain", Place::Last)
}
