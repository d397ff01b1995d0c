//! Scopes that are used on many threads, in real time: no end is lost, and no scope is left.

use tokio::runtime::{Builder, Handle};
use tokio::time::timeout;

use super::*;
use crate::lifecycle::MainEnd;
use crate::sequence::{Stage, run};
use crate::trigger::Reason;

/// How long the end of a scope may take on a busy machine. Work that was abandoned at its end would be in the report.
const LIMIT: Duration = Duration::from_secs(20);

fn on_threads(test: impl Future<Output = ()>) {
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
    runtime.block_on(async { timeout(2 * LIMIT, test).await.unwrap() });
}

/// Work comes and goes in scopes of a few names, and the scopes are shut down.
async fn client(program: &'static Program, client: usize, rounds: usize) {
    for round in 0..rounds {
        let outer = scope_of(program, ["a", "b"][round % 2]);
        let inner = outer.scope("inner");
        let guard = inner.try_track();
        inner.spawn(inner.drain_started());
        outer.spawn(yield_now());
        if round % 5 == client {
            drop(guard);
            let (one, two) = tokio::join!(outer.shut_down(LIMIT), inner.shut_down(LIMIT));
            assert!(one.is_clean() && two.is_clean(), "{one:?} {two:?}");
            assert!(inner.try_track().is_err() && outer.try_track().is_err());
        }
    }
}

async fn nothing_is_left(program: &'static Program) {
    while program.root_scope().tree().len() > 1 || program.work.sum() > 0 {
        yield_now().await;
    }
}

#[test]
fn no_end_is_lost() {
    on_threads(async {
        let program = new_program();
        let clients: Vec<_> = (0..4).map(|number| tokio::spawn(client(program, number, 500))).collect();
        for client in clients {
            client.await.unwrap();
        }
        for name in ["a", "b"] {
            assert!(scope_of(program, name).shut_down(LIMIT).await.is_clean());
        }
        nothing_is_left(program).await;
    });
}

#[test]
fn the_program_ends_meanwhile() {
    on_threads(async {
        for rounds in [1, 10, 100] {
            let program = new_program();
            program.main.set_end(MainEnd::Returned(0));
            let clients: Vec<_> = (0..4).map(|number| tokio::spawn(client(program, number, 2 * rounds))).collect();
            for _ in 0..rounds {
                yield_now().await;
            }
            program.lifecycle.begin(Reason::Requested);
            let shutdown = program.lifecycle.shutdown().unwrap();
            run(&Stage { program, shutdown, app: Handle::current() }).await;
            assert!(program.final_report(shutdown).is_clean());
            for client in clients {
                client.await.unwrap();
            }
            nothing_is_left(program).await;
        }
    });
}
