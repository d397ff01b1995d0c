//! One future that more than one thread takes forward.
//!
//! The sequence is the supervisor's, which is woken for each of its steps. But a step follows from what another thread
//! has just done: main has returned, a handler has ended. That thread can take the next step itself, with
//! [`Drive::after`], and save the way to the supervisor and back, which takes longer than most handlers do. If it
//! doesn't, or is held up, the supervisor does: it is woken all the same.

mod state;
mod sync {
    pub(super) use std::sync::atomic::{AtomicU8, Ordering};
}

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::AtomicU8;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::runtime::Handle;
use tokio::task::unconstrained;

use self::state::State;
use crate::unwind::caught;

type Steps = Pin<Box<dyn Future<Output = ()> + Send>>;

type Action = Box<dyn FnOnce()>;

thread_local! {
    /// What this thread is to do after the step that it is taking.
    static AFTERWARDS: RefCell<Option<Vec<Action>>> = const { RefCell::new(None) };
    /// This thread is about to take a step: nobody needs to be woken for it.
    static ATTENDED: Cell<bool> = const { Cell::new(false) };
}

/// Does `action` after the step that this thread is taking, or at once if it takes none.
///
/// For what wakes another thread: that takes the waking thread longer than the other needs to take the next step, which
/// it can't before this one is over.
pub(crate) fn afterwards(action: impl FnOnce() + 'static) {
    let mut action: Option<Action> = Some(Box::new(action));
    AFTERWARDS.with_borrow_mut(|actions| {
        if let Some(actions) = actions {
            actions.extend(action.take());
        }
    });
    if let Some(action) = action {
        action();
    }
}

pub(crate) struct Drive {
    state: State,
    /// Locked by the one that polls.
    steps: Mutex<Option<Steps>>,
    owner: Mutex<Option<Waker>>,
    /// The owner's runtime: its timers are the future's, whoever polls.
    home: Handle,
    /// What is done when the future panics. The message has been printed.
    on_panic: fn(),
    /// What a thread other than the owner's does when it has taken the last step.
    at_end: fn(),
}

impl Drive {
    /// Call it inside the owner's runtime.
    pub(crate) fn new(steps: impl Future<Output = ()> + Send + 'static, on_panic: fn(), at_end: fn()) -> Arc<Self> {
        // Not constrained: its polls must not use up what the task beside it may.
        let steps: Steps = Box::pin(unconstrained(steps));
        Arc::new(Self {
            state: State::new(AtomicU8::new(State::FIRST)),
            steps: Mutex::new(Some(steps)),
            owner: Mutex::new(None),
            home: Handle::current(),
            on_panic,
            at_end,
        })
    }

    /// Takes the future to its end. For its owner, once. Whether the owner itself has taken the last step.
    pub(crate) async fn finished(self: &Arc<Self>) -> bool {
        poll_fn(|context| {
            *lock(&self.owner) = Some(context.waker().clone());
            let by_the_owner = self.step();
            if self.state.is_done() { Poll::Ready(by_the_owner) } else { Poll::Pending }
        })
        .await
    }

    /// Lets `event` happen, and takes the future as far as it goes then, on this thread, unless another is at it. Where
    /// that is its end, this thread does what is to be done then.
    ///
    /// Not meant for a thread that holds a lock.
    pub(crate) fn after(self: &Arc<Self>, event: impl FnOnce()) {
        ATTENDED.set(true);
        event();
        ATTENDED.set(false);
        if self.step() {
            (self.at_end)();
        }
    }

    /// As [`Drive::after`], where there may be no drive: then `event` only happens.
    pub(crate) fn after_in(drive: Option<&Arc<Self>>, event: impl FnOnce()) {
        match drive {
            Some(drive) => drive.after(event),
            None => event(),
        }
    }

    /// Whether this was the last step.
    fn step(self: &Arc<Self>) -> bool {
        if !self.state.begin() {
            return false;
        }
        AFTERWARDS.set(Some(Vec::new()));
        let last = self.poll();
        for action in AFTERWARDS.take().into_iter().flatten() {
            action();
        }
        last
    }

    fn poll(self: &Arc<Self>) -> bool {
        let waker = Waker::from(Arc::clone(self));
        let mut context = Context::from_waker(&waker);
        let _home = self.home.enter();
        let mut steps = lock(&self.steps);
        while let Some(future) = &mut *steps {
            match caught(|| future.as_mut().poll(&mut context)) {
                Ok(Poll::Pending) if self.state.again() => {}
                Ok(Poll::Pending) => return false,
                Ok(Poll::Ready(())) => *steps = None,
                Err(_) => {
                    *steps = None;
                    (self.on_panic)();
                }
            }
        }
        drop(steps);
        self.state.done();
        self.tell_owner();
        true
    }

    fn tell_owner(&self) {
        let owner = lock(&self.owner).clone();
        if let Some(owner) = owner {
            owner.wake();
        }
    }
}

impl Wake for Drive {
    fn wake(self: Arc<Self>) {
        Self::wake_by_ref(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.wake() && !ATTENDED.get() {
            self.tell_owner();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Drive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive").field("state", &self.state).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread::{self, ThreadId};
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::{sleep, timeout};

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    fn no_panic() {
        panic!("the steps have panicked");
    }

    /// Who took the step after each message.
    fn steps(messages: Vec<oneshot::Receiver<()>>) -> (Arc<Mutex<Vec<ThreadId>>>, impl Future<Output = ()> + Send) {
        let takers = Arc::new(Mutex::new(Vec::new()));
        let of_the_steps = Arc::clone(&takers);
        let steps = async move {
            for message in messages {
                message.await.unwrap();
                lock(&of_the_steps).push(thread::current().id());
            }
        };
        (takers, steps)
    }

    #[tokio::test]
    async fn whoever_brings_it_on_takes_the_step() {
        let (first, first_message) = oneshot::channel();
        let (second, second_message) = oneshot::channel();
        let (takers, steps) = steps(vec![first_message, second_message]);
        let drive = Drive::new(steps, no_panic, || ());
        let of_the_thread = Arc::clone(&drive);
        drive.after(|| ());
        let other = thread::spawn(move || {
            of_the_thread.after(|| first.send(()).unwrap());
            thread::current().id()
        });
        let other = other.join().unwrap();
        assert_eq!(*lock(&takers), [other]);
        // Nobody attends to it: the owner is woken.
        thread::spawn(move || second.send(()).unwrap());
        timeout(LONG, drive.finished()).await.unwrap();
        assert_eq!(*lock(&takers), [other, thread::current().id()]);
    }

    #[tokio::test]
    async fn timers_tick_in_the_owners_runtime_whoever_polls() {
        let (go, gone) = oneshot::channel();
        let drive = Drive::new(
            async {
                gone.await.unwrap();
                sleep(Duration::from_millis(5)).await;
            },
            no_panic,
            || (),
        );
        drive.after(|| ());
        let of_the_thread = Arc::clone(&drive);
        // A thread without a runtime.
        let other = move || of_the_thread.after(|| go.send(()).unwrap());
        thread::spawn(other).join().unwrap();
        timeout(LONG, drive.finished()).await.unwrap();
    }

    #[tokio::test]
    async fn no_step_is_lost_when_many_are_at_it() {
        for _ in 0..200 {
            let (senders, messages): (Vec<_>, Vec<_>) = (0..8).map(|_| oneshot::channel()).unzip();
            let (takers, steps) = steps(messages);
            let drive = Drive::new(steps, no_panic, || ());
            for sender in senders {
                let drive = Arc::clone(&drive);
                thread::spawn(move || drive.after(|| sender.send(()).unwrap()));
            }
            timeout(LONG, drive.finished()).await.unwrap();
            assert_eq!(lock(&takers).len(), 8);
        }
    }

    #[tokio::test]
    async fn whoever_takes_the_last_step_does_what_comes_then() {
        static DONE: AtomicUsize = AtomicUsize::new(0);
        let done = || {
            DONE.fetch_add(1, Ordering::Relaxed);
        };
        for (attended, times) in [(false, 0), (true, 1)] {
            let (last, message) = oneshot::channel();
            let (_, steps) = steps(vec![message]);
            let drive = Drive::new(steps, no_panic, done);
            drive.after(|| ());
            let of_the_thread = Arc::clone(&drive);
            let happens = move || last.send(()).unwrap();
            let other = move || if attended { of_the_thread.after(happens) } else { happens() };
            thread::spawn(other).join().unwrap();
            assert_eq!(drive.finished().await, !attended);
            assert_eq!(DONE.load(Ordering::Relaxed), times);
        }
    }

    #[tokio::test]
    async fn what_wakes_others_is_done_after_the_step() {
        let done = Arc::new(AtomicUsize::new(0));
        let add_one = |done: &Arc<AtomicUsize>| {
            let done = Arc::clone(done);
            move || {
                done.fetch_add(1, Ordering::Relaxed);
            }
        };
        afterwards(add_one(&done));
        assert_eq!(done.load(Ordering::Relaxed), 1, "there is no step");
        let in_the_step = Arc::clone(&done);
        let steps = async move {
            afterwards(add_one(&in_the_step));
            assert_eq!(in_the_step.load(Ordering::Relaxed), 1);
        };
        Drive::new(steps, no_panic, || ()).after(|| ());
        assert_eq!(done.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_panic_is_told_and_ends_it() {
        static TOLD: AtomicUsize = AtomicUsize::new(0);
        let tell = || {
            TOLD.fetch_add(1, Ordering::Relaxed);
        };
        let drive = Drive::new(async { panic!("of the steps") }, tell, || ());
        timeout(LONG, drive.finished()).await.unwrap();
        assert_eq!(TOLD.load(Ordering::Relaxed), 1);
    }
}
