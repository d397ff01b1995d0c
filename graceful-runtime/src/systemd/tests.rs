use std::time::Duration;
use std::{process, thread};

use tokio::time::timeout;

use super::*;
use crate::in_flight::Work;
use crate::readiness::Readiness;
use crate::trigger::Reason;

const LONG: Duration = Duration::from_secs(20);

/// The socket of systemd.
struct Listener {
    socket: UnixDatagram,
    name: String,
}

impl Listener {
    fn new(name: &str) -> Self {
        let name = format!("graceful-line-{}-{name}", process::id());
        let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        Self { socket, name: format!("@{name}") }
    }

    fn hear(&self) -> String {
        let mut message = [0; 4096];
        let length = self.socket.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    }

    /// Fills the queue. Returns how many messages it has room for.
    ///
    /// It needs several sockets, since on machines that systemd has booted the queue is longer than one socket's send
    /// buffer. The queue is full when a new socket cannot send.
    fn fill(&self) -> usize {
        let address = self.socket.local_addr().unwrap();
        let fill_from_one = || {
            let filler = UnixDatagram::unbound().unwrap();
            filler.set_nonblocking(true).unwrap();
            (0..).take_while(|_| filler.send_to_addr(b"full", &address).is_ok()).count()
        };
        std::iter::repeat_with(fill_from_one).take_while(|&sent| sent > 0).sum()
    }
}

#[tokio::test]
async fn states_sent_together_are_one_datagram() {
    let listener = Listener::new("together");
    let line = NotifySocket::connect(OsStr::new(&listener.name)).unwrap();
    line.send(&[NotifyState::Ready, NotifyState::Status("well")]);
    assert_eq!(listener.hear(), "READY=1\nSTATUS=well\n");
}

#[tokio::test]
async fn a_full_queue_does_not_block_and_loses_nothing() {
    let listener = Listener::new("full");
    let line = NotifySocket::connect(OsStr::new(&listener.name)).unwrap();
    let before = listener.fill();
    assert!(before > 0);
    line.send(&[NotifyState::Ready]);
    for _ in 0..100 {
        line.send(&[NotifyState::Watchdog]);
    }
    line.send(&[NotifyState::Stopping]);
    assert_eq!(line.waiting().len(), 3);
    let hears = std::thread::spawn(move || {
        for _ in 0..before {
            assert_eq!(listener.hear(), "full");
        }
        [(); 3].map(|()| listener.hear())
    });
    assert!(
        timeout(LONG, async {
            let mut catching_up = std::pin::pin!(line.catch_up());
            std::future::poll_fn(|context| {
                assert!(catching_up.as_mut().poll(context).is_pending());
                if line.waiting().is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
            })
            .await;
        })
        .await
        .is_ok()
    );
    assert_eq!(hears.join().unwrap(), ["READY=1\n", "WATCHDOG=1\n", "STOPPING=1\n"]);
}

/// A part that goes back and forth while systemd does not read: the queue does not grow, and the last state arrives last.
#[tokio::test]
async fn of_the_status_lines_that_wait_the_latest_stays() {
    let listener = Listener::new("latest");
    let line = NotifySocket::connect(OsStr::new(&listener.name)).unwrap();
    listener.fill();
    line.send(&[NotifyState::Ready, NotifyState::Status("running")]);
    for status in ["not ready: a", "running", "not ready: b", "running", "not ready: a"] {
        line.send_latest(&NotifyState::Status(status));
    }
    line.send(&[NotifyState::Watchdog]);
    line.send_latest(&NotifyState::Status("running"));
    let waiting: Vec<_> = line.waiting().iter().cloned().collect();
    assert_eq!(waiting, ["READY=1\nSTATUS=running\n", "WATCHDOG=1\n", "STATUS=running\n"]);
}

#[tokio::test]
async fn a_listener_that_is_gone_is_no_error() {
    let listener = Listener::new("gone");
    let line = NotifySocket::connect(OsStr::new(&listener.name)).unwrap();
    drop(listener);
    line.send(&[NotifyState::Ready]);
    assert!(line.waiting().is_empty());
}

#[tokio::test]
async fn a_name_that_is_no_socket_is_an_error() {
    for name in ["", "relative", "vsock:2:1234", "/nowhere/at/all", "@graceful-nobody-listens-here"] {
        assert!(NotifySocket::connect(OsStr::new(name)).is_err(), "{name}");
    }
}

#[test]
fn a_status_line_fits_into_a_message() {
    let program: &'static Program = Box::leak(Box::new(Program::new(Work::leaked(), Instant::now, Vec::new)));
    let line = || status(&program.lifecycle, program.lifecycle.readiness.was_ready());
    assert_eq!(line(), None);
    let part = Readiness::new(program, "part".into());
    assert_eq!(line().unwrap(), "starting: part: starting");
    part.set_ready();
    assert_eq!(line().unwrap(), "running");
    part.set_not_ready("ü".repeat(5_000));
    let long = line().unwrap();
    assert!(long.starts_with("not ready: part: ü") && long.len() < 2_000, "{long}");
}

fn lifecycle() -> Lifecycle {
    Lifecycle::new(Work::leaked(), Instant::now)
}

#[test]
fn a_service_that_becomes_ready_after_the_trigger_was_never_ready() {
    let lifecycle = lifecycle();
    lifecycle.begin(Reason::Requested);
    lifecycle.set_ready();
    assert!(!lifecycle.readiness.was_ready());
}

#[test]
fn a_service_does_not_run_before_it_is_ready() {
    for round in 0..300 {
        let listener = Listener::new(&format!("ready-{round}"));
        let socket = NotifySocket::connect(OsStr::new(&listener.name)).unwrap();
        let (systemd, lifecycle) = (Systemd { socket, watchdog: None, told: Mutex::default() }, lifecycle());
        thread::scope(|scope| {
            scope.spawn(|| lifecycle.set_ready());
            while !lifecycle.readiness.was_ready() {
                systemd.tell(&lifecycle);
            }
        });
        systemd.tell(&lifecycle);
        assert_eq!(listener.hear(), "READY=1\nSTATUS=running\n");
    }
}

#[test]
fn a_service_that_was_ready_stays_so_in_the_record() {
    let lifecycle = lifecycle();
    lifecycle.set_ready();
    lifecycle.begin(Reason::Requested);
    assert!(lifecycle.readiness.was_ready() && !lifecycle.is_ready());
}
