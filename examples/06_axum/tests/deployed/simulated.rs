//! The program in its pod.

use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use graceful_process_tests::{Signal, all};

use crate::PROGRAM;
use crate::kubelet::{End, Kubelet};
use crate::manifests::{Change, NEITHER, OFTEN, PRE_STOP, TOO_LITTLE, deployment};
use crate::pod::Pod;
use crate::probe::{Asked, Kind, Outcome};
use crate::traffic::{Counted, Traffic};

/// What it is called when a socket's time is over.
const NO_ANSWER: Outcome = Outcome::Silence(ErrorKind::WouldBlock);

fn start(changes: &[Change]) -> Kubelet {
    Kubelet::start(Pod::of(&deployment(changes)), PROGRAM)
}

/// Deletes such a pod in the middle of traffic.
fn deleted(changes: &[Change]) -> (End, Counted) {
    let mut kubelet = start(changes);
    kubelet.succeeds(Kind::Readiness);
    let endpoints = kubelet.endpoints();
    let traffic = Traffic::start(&endpoints);
    kubelet.succeeds(Kind::Liveness);
    let end = kubelet.delete(&endpoints);
    (end, traffic.end())
}

#[track_caller]
fn assert_nothing_was_lost(end: &End, counted: &Counted) {
    assert_eq!(end.ended.signal, None, "{}", end.ended);
    end.ended.exits_with(0);
    assert_eq!(counted.lost, [""; 0], "{}", end.ended);
    assert!(counted.answered > 100 && counted.finished == 1, "{counted:?}");
}

/// All at the same time: most of what a pod does is waiting.
#[test]
fn each_pod_ends_as_it_must() {
    let pods: [fn(); 5] = [
        as_shipped_it_ends_by_itself_in_time_and_loses_nothing,
        a_pre_stop_does_instead_of_a_lame_duck,
        what_has_neither_loses_requests,
        what_is_granted_less_than_it_takes_is_killed,
        what_is_not_alive_is_ended_and_killed,
    ];
    all(pods, |pod| pod());
}

/// `grace_period = "28s"` is nearly all that is granted; what it takes is much less.
fn as_shipped_it_ends_by_itself_in_time_and_loses_nothing() {
    let (end, counted) = deleted(&[]);
    assert_nothing_was_lost(&end, &counted);
    let to_spare = end.to_spare.expect("it was not killed");
    // Printed also when the test is a success.
    let _ = writeln!(
        io::stderr(),
        "{} requests answered, none lost; {to_spare:.1?} of {:?} to spare",
        counted.answered,
        end.left
    );

    let after: Vec<_> = end.readiness_after_its_begin().map(|asked| asked.outcome).collect();
    let first_failure = after.iter().find(|outcome| !outcome.is_success());
    // Said, before any connection is refused.
    assert_eq!(first_failure, Some(&Outcome::Status(503)), "{after:?}");
    assert!(end.asked.iter().all(|asked| asked.kind != Kind::Liveness || asked.at < end.begun), "{:?}", end.asked);
}

/// The program learns of its end when the endpoints have spread.
fn a_pre_stop_does_instead_of_a_lame_duck() {
    let (end, counted) = deleted(PRE_STOP);
    assert_nothing_was_lost(&end, &counted);
}

/// It ends by itself all the same.
fn what_has_neither_loses_requests() {
    let (end, counted) = deleted(NEITHER);
    end.ended.exits_with(0);
    assert!(!counted.lost.is_empty(), "{counted:?}");
}

/// preStop uses up what is granted, so two seconds are left. The lame duck alone takes five.
fn what_is_granted_less_than_it_takes_is_killed() {
    let (end, counted) = deleted(TOO_LITTLE);
    assert_eq!(end.left, Duration::from_secs(2));
    assert_eq!((end.to_spare, end.ended.signal), (None, Some(Signal::SIGKILL as i32)), "{}", end.ended);
    assert!(!counted.lost.is_empty() && counted.finished == 0, "{counted:?}");
}

/// Its probe's own time counts, not the pod's.
fn what_is_not_alive_is_ended_and_killed() {
    let mut kubelet = start(OFTEN);
    kubelet.succeeds(Kind::Liveness);
    kubelet.disturb(Signal::SIGSTOP);
    let end = kubelet.ends_what_is_not_alive();
    assert_eq!(end.ended.signal, Some(Signal::SIGKILL as i32));
    let in_vain = |asked: &&Asked| asked.kind == Kind::Liveness && asked.outcome == NO_ANSWER;
    assert!(end.asked.iter().filter(in_vain).count() >= 2, "{:?}", end.asked);
}
