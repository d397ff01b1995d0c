//! How the supervisor waits for the application's runtime.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake};

use graceful_core::Signal;

use super::*;
use crate::in_flight::Work;

fn program() -> Program {
    Program::new(Work::leaked(), || time::Instant::now().into_std(), Vec::new)
}

#[tokio::test(start_paused = true)]
async fn a_signal_ends_a_start_that_takes_too_long() {
    let program = program();
    let (_app, receiver) = oneshot::channel();
    let (mut end, _ended) = oneshot::channel();
    program.lifecycle.begin(Reason::Signal(Signal::Terminate));
    let begin = time::Instant::now();
    let ended = runtime_of(&program, receiver, &mut end).await;
    assert_eq!(ended.unwrap_err(), Some(Exit::StartInterrupted(Signal::Terminate)));
    assert_eq!((begin.elapsed(), Exit::StartInterrupted(Signal::Terminate).code()), (START_TIMEOUT, 143));
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_quick_enough_is_not_ended() {
    let program = program();
    let (app, receiver) = oneshot::channel();
    let (mut end, _ended) = oneshot::channel();
    program.lifecycle.begin(Reason::Signal(Signal::Terminate));
    app.send(Handle::current()).unwrap();
    assert!(runtime_of(&program, receiver, &mut end).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_start_that_has_failed_is_left_to_mains_thread() {
    let ((app, receiver), (mut end, ended)) = (oneshot::channel(), oneshot::channel());
    drop((app, ended));
    assert_eq!(runtime_of(&program(), receiver, &mut end).await.unwrap_err(), None);
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_start_does_not_wake_the_supervisor() {
    let program = program();
    let (app, receiver) = oneshot::channel();
    let (mut end, _ended) = oneshot::channel();
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Arc::clone(&woken).into();
    let mut runtime = pin!(runtime_of(&program, receiver, &mut end));
    assert!(runtime.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    app.send(Handle::current()).unwrap();
    assert!(!woken.0.load(Ordering::Relaxed));
    program.lifecycle.begin(Reason::Requested);
    assert!(woken.0.load(Ordering::Relaxed));
    assert!(runtime.await.is_ok());
}
