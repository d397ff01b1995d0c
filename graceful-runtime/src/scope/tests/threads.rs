//! Scopes that are used on many threads, in real time: no end is lost, and no scope is left.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::Builder;
use tokio::time::timeout;

use super::in_program::shut_down;
use super::*;

/// How long the end of a scope may take on a busy machine. Work that was abandoned at its end would be in the report.
const LIMIT: Duration = Duration::from_secs(20);

fn on_threads(test: impl Future<Output = ()>) {
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
    runtime.block_on(async { timeout(2 * LIMIT, test).await.unwrap() });
}

/// Handlers that were registered, and those of them that were called.
#[derive(Default)]
struct Handlers {
    registered: AtomicUsize,
    called: AtomicUsize,
}

impl Handlers {
    /// Registers one in a scope that may have ended, and takes every third back.
    fn register(self: &Arc<Self>, scope: &Scope, round: usize) {
        let all = Arc::clone(self);
        let call = async move || {
            all.called.fetch_add(1, Ordering::Relaxed);
        };
        if let Ok(registration) = scope.handler("flush").register(call)
            && !(round.is_multiple_of(3) && registration.unregister())
        {
            self.registered.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn each_was_called_once(&self) {
        let [registered, called] = [&self.registered, &self.called].map(|number| number.load(Ordering::Relaxed));
        assert_eq!(called, registered);
    }
}

/// Work and handlers come and go in scopes of a few names, and the scopes are shut down.
async fn client(program: &'static Program, handlers: Arc<Handlers>, client: usize, rounds: usize) {
    for round in 0..rounds {
        let outer = scope_of(program, ["a", "b"][round % 2]);
        let inner = outer.scope("inner");
        let guard = inner.try_track();
        inner.spawn(inner.drain_started());
        outer.spawn(yield_now());
        handlers.register(&inner, round);
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
        let handlers = Arc::new(Handlers::default());
        let client = |number| tokio::spawn(client(program, Arc::clone(&handlers), number, 500));
        let clients: Vec<_> = (0..4).map(client).collect();
        for client in clients {
            client.await.unwrap();
        }
        for name in ["a", "b"] {
            assert!(scope_of(program, name).shut_down(LIMIT).await.is_clean());
        }
        assert!(handlers.registered.load(Ordering::Relaxed) > 0);
        handlers.each_was_called_once();
        nothing_is_left(program).await;
    });
}

#[test]
fn the_program_ends_meanwhile() {
    on_threads(async {
        for rounds in [1, 10, 100] {
            let program = new_program();
            let handlers = Arc::new(Handlers::default());
            let client = |number| tokio::spawn(client(program, Arc::clone(&handlers), number, 2 * rounds));
            let clients: Vec<_> = (0..4).map(client).collect();
            for _ in 0..rounds {
                yield_now().await;
            }
            let report = shut_down(program).await;
            assert!(report.is_clean(), "{report:?}");
            for client in clients {
                client.await.unwrap();
            }
            handlers.each_was_called_once();
            nothing_is_left(program).await;
        }
    });
}

/// Nobody would wait for its handlers.
#[test]
fn after_a_shutdown_without_scopes_the_first_one_has_ended_on_each_thread() {
    on_threads(async {
        for _ in 0..500 {
            let program = new_program();
            shut_down(program).await;
            let begin = Barrier::new(4);
            let registers = || {
                begin.wait();
                scope_of(program, "late").handler("flush").register(async || {}).is_ok()
            };
            thread::scope(|scope| {
                let threads = [(); 4].map(|()| scope.spawn(registers));
                assert!(!threads.into_iter().any(|thread| thread.join().unwrap()));
            });
        }
    });
}
