use std::convert::Infallible;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tower::{Layer, Service, ServiceBuilder, service_fn};

use super::TrackLayer;
use crate::in_flight::Work;

fn work() -> &'static Work {
    Work::leaked()
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_call_is_in_flight_until_its_end() {
    let work = work();
    let mut service = TrackLayer::of(work).layer(service_fn(|n: u32| {
        assert_eq!(work.sum(), 1);
        ready(if n == 0 { Err("none") } else { Ok(n) })
    }));
    for (asked, answer) in [(7, Ok(7)), (0, Err("none"))] {
        let mut call = pin!(service.call(asked));
        assert_eq!(work.sum(), 1);
        assert_eq!(poll(call.as_mut()), Poll::Ready(answer));
        // Although it is not dropped yet.
        assert_eq!(work.sum(), 0);
    }
}

#[test]
fn a_dropped_call_is_not_in_flight() {
    let work = work();
    let mut service = TrackLayer::of(work).layer(service_fn(|()| pending::<Result<(), Infallible>>()));
    {
        let mut call = pin!(service.call(()));
        assert!(poll(call.as_mut()).is_pending());
        assert_eq!(work.sum(), 1);
    }
    assert_eq!(work.sum(), 0);
}

#[test]
fn a_call_that_panics_is_not_in_flight() {
    let work = work();
    let mut at_once = TrackLayer::of(work).layer(service_fn(|()| -> std::future::Ready<Result<(), Infallible>> {
        panic!("at once");
    }));
    catch_unwind(AssertUnwindSafe(|| drop(at_once.call(())))).unwrap_err();
    assert_eq!(work.sum(), 0);

    let mut later = TrackLayer::of(work).layer(service_fn(async |()| -> Result<(), Infallible> { panic!("later") }));
    catch_unwind(AssertUnwindSafe(|| poll(pin!(later.call(()))))).unwrap_err();
    assert_eq!(work.sum(), 0);
}

#[test]
fn a_call_is_never_refused() {
    let work = work();
    work.close();
    let mut service =
        ServiceBuilder::new().layer(TrackLayer::of(work)).service(service_fn(|n: u32| ready(Ok::<_, Infallible>(n))));
    let mut call = pin!(service.call(1));
    assert_eq!(work.sum(), 1);
    assert_eq!(poll(call.as_mut()), Poll::Ready(Ok(1)));
    assert_eq!(work.sum(), 0);
}

#[test]
fn it_can_be_cloned_sent_and_shared() {
    fn check<T: Clone + Send + Sync + 'static>(_: &T) {}
    let layer = super::track();
    check(&layer);
    check(&layer.layer(service_fn(|()| ready(Ok::<_, Infallible>(())))));
}
