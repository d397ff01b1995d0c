//! No request is lost: a load generator asks a load balancer, while the servers behind it are replaced.
//!
//! The same is done to servers without graceful, which do lose requests: so it would be noticed.
#![cfg(unix)]

mod balancer;
mod installed;
mod instance;
mod load;
mod rollout;

use graceful_process_tests::installed::say;

use crate::installed::Installed;
use crate::instance::Service;
use crate::load::Load;
use crate::rollout::{Outcome, Rollout};

/// Replaces each server `rounds` times, and prints what became of the requests. `None` without the tools.
fn replace(service: Service, load: Load, rounds: usize) -> Option<Outcome> {
    let installed = Installed::find()?;
    let outcome = Rollout { service, load, rounds }.run(&installed);
    say(format_args!("{service}, {load}: {outcome}"));
    Some(outcome)
}

#[track_caller]
fn assert_none_lost(outcome: &Outcome, at_least: u64) {
    assert_eq!(outcome.lost(), 0, "{}", outcome.log);
    assert!(outcome.counted.requests >= at_least, "{outcome}");
}

fn loses_some(service: Service, load: Load) {
    let Some(outcome) = replace(service, load, 2) else { return };
    assert!(outcome.lost() > 0, "{outcome}");
}

#[test]
fn with_graceful_none_is_lost_over_connections_that_are_kept() {
    let Some(outcome) = replace(Service::Graceful, Load::KeepAlive, 5) else { return };
    assert_none_lost(&outcome, 1000);
}

#[test]
fn with_graceful_none_is_lost_over_a_connection_for_each() {
    let Some(outcome) = replace(Service::Graceful, Load::Close, 5) else { return };
    assert_none_lost(&outcome, 1000);
}

#[test]
fn with_graceful_none_is_lost_that_takes_longer_than_the_lame_duck() {
    let Some(outcome) = replace(Service::Graceful, Load::Slow, 1) else { return };
    assert_none_lost(&outcome, 100);
    assert!(outcome.in_drain > 0, "none was in progress when the lame duck was over");
}

#[test]
fn without_signal_handling_some_are_lost() {
    loses_some(Service::Plain, Load::KeepAlive);
    loses_some(Service::Plain, Load::Close);
}

#[test]
fn with_the_graceful_shutdown_of_axum_some_are_lost() {
    loses_some(Service::WithGracefulShutdown, Load::KeepAlive);
    loses_some(Service::WithGracefulShutdown, Load::Close);
}
