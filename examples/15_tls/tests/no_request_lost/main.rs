//! No request is lost over TLS while servers are replaced: behind a load balancer that passes TLS through, and without
//! one, where two processes share a listening socket.
//!
//! In each round a client is slow with its handshake, which ends in the drain. The same is done to servers with the
//! handshake in `accept`, which do lose requests: so it would be noticed.
#![cfg(unix)]

// Of the same test without TLS.
#[path = "../../../06_axum/tests/no_request_lost/balancer.rs"]
mod balancer;
mod load;
mod rollout;

use graceful_process_tests::installed::say;

use crate::load::Version;
use crate::rollout::{Outcome, Service, behind_a_balancer, with_a_shared_socket};

const ROUNDS: usize = 3;

#[track_caller]
fn none_is_lost(outcome: &Outcome) {
    say(format_args!("{outcome}"));
    assert_eq!(outcome.counted.lost.len(), 0, "{outcome}\n{}", outcome.log);
    assert!(outcome.counted.answered >= 200, "{outcome}");
}

#[track_caller]
fn some_are_lost(outcome: &Outcome) {
    say(format_args!("{outcome}"));
    assert!(!outcome.counted.lost.is_empty(), "{outcome}");
}

#[test]
fn behind_a_balancer_over_http1() {
    let Some(outcome) = behind_a_balancer(Service::Graceful, Version::Http1, ROUNDS) else { return };
    none_is_lost(&outcome);
}

#[test]
fn behind_a_balancer_over_http2() {
    let Some(outcome) = behind_a_balancer(Service::Graceful, Version::Http2, ROUNDS) else { return };
    none_is_lost(&outcome);
}

#[test]
fn with_a_shared_socket_over_http1() {
    none_is_lost(&with_a_shared_socket(Service::Graceful, Version::Http1, ROUNDS));
}

#[test]
fn with_a_shared_socket_over_http2() {
    none_is_lost(&with_a_shared_socket(Service::Graceful, Version::Http2, ROUNDS));
}

#[test]
fn behind_a_balancer_with_the_handshake_in_accept_some_are_lost() {
    for version in [Version::Http1, Version::Http2] {
        let Some(outcome) = behind_a_balancer(Service::Inline, version, 1) else { return };
        some_are_lost(&outcome);
    }
}

#[test]
fn with_a_shared_socket_and_the_handshake_in_accept_some_are_lost() {
    for version in [Version::Http1, Version::Http2] {
        some_are_lost(&with_a_shared_socket(Service::Inline, version, 2));
    }
}
