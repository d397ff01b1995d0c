//! Brokers that go away. All of them at the same time, since most of it is waiting.

use std::thread;

use crate::cases;
use crate::nats::{Absence, Nats};
use crate::redis::{Away, Redis};
use crate::sqlite::Sqlite;

/// One case, with each broker that is installed, and each way to be away.
macro_rules! each {
    ($case:path, $nats:expr) => {
        thread::scope(|scope| {
            scope.spawn(|| $case("SQLite", Sqlite::new()));
            for (name, away) in [("Redis, killed", Away::Killed), ("Redis, stopped", Away::Stopped)] {
                scope.spawn(move || Redis::start(away).map(|redis| $case(name, redis)));
            }
            for (name, absence) in $nats {
                scope.spawn(move || Nats::start(absence).map(|nats| $case(name, nats)));
            }
        });
    };
}

#[test]
fn a_broker_that_comes_back_hears_what_was_done() {
    // One that is ended may forget: `nats::a_broker_that_is_started_again_loses_none`.
    each!(cases::a_broker_that_comes_back_hears_what_was_done, [("NATS", Absence::Hangs)]);
}

#[test]
fn a_broker_that_comes_back_has_its_worker_back() {
    each!(cases::a_broker_that_comes_back_has_its_worker_back, [("NATS", Absence::Hangs)]);
}

#[test]
fn a_broker_that_stays_away_keeps_nobody() {
    each!(cases::a_broker_that_stays_away_keeps_nobody, [("NATS", Absence::Ended), ("NATS, hanging", Absence::Hangs)]);
}
