//! A load generator: asks over TCP and a Unix socket, HTTP/1 and HTTP/2, with a connection for each request and with one that is
//! kept, until standard input ends. Then it prints a line for each of the eight.
//!
//! What fails is not tried again. Only a request that the client has not begun to send, because the server has closed the
//! connection before, goes over the next connection.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

#[cfg(unix)]
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    graceful_systemd_tests::priority::raise();
    run::run().await;
    ExitCode::SUCCESS
}

/// No test starts it here.
#[cfg(not(unix))]
fn main() -> ExitCode {
    ExitCode::FAILURE
}

type Failure = Box<dyn Error + Send + Sync>;

/// What became of a request that was not answered.
#[cfg_attr(not(unix), allow(dead_code, reason = "it is for Unix"))]
fn kind(failure: &(dyn Error + 'static)) -> &'static str {
    let causes = std::iter::successors(Some(failure), |&failure| failure.source());
    match causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind).next() {
        Some(ErrorKind::ConnectionRefused | ErrorKind::NotFound) => "refused",
        Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => "reset",
        _ => "failed",
    }
}

#[cfg(unix)]
mod run {
    use std::cell::Cell;
    use std::collections::BTreeMap;
    use std::rc::Rc;
    use std::time::{Duration, Instant};

    use graceful_process_tests::inside::say;
    use http_body_util::{BodyExt, Empty};
    use hyper::body::{Bytes, Incoming};
    use hyper::client::conn::{TrySendError, http1, http2};
    use hyper::rt::{Read, Write};
    use hyper::{Request, Response};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use tokio::io::{AsyncReadExt, stdin};
    use tokio::net::{TcpStream, UnixStream};
    use tokio::task::{JoinSet, LocalSet};
    use tokio::time::{sleep, timeout};

    use super::{Failure, kind};

    /// Longer than any answer takes, also on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// How often the number of answers is printed.
    const STEP: u32 = 100;

    #[derive(Debug, Clone, Copy)]
    enum Socket {
        Tcp,
        Unix,
    }

    #[derive(Debug, Clone, Copy)]
    enum Version {
        Http1,
        Http2,
    }

    #[derive(Debug, Clone, Copy)]
    enum Connection {
        Each,
        Kept,
    }

    pub(super) async fn run() {
        let answers = Rc::new(Cell::new(0));
        let ends = Rc::new(Cell::new(false));
        let mut clients = JoinSet::new();
        let tasks = LocalSet::new();
        for socket in [Socket::Tcp, Socket::Unix] {
            for version in [Version::Http1, Version::Http2] {
                for connection in [Connection::Each, Connection::Kept] {
                    let client = Client { socket, version, connection, sender: None, counted: Counted::default() };
                    clients.spawn_local_on(client.run(Rc::clone(&answers), Rc::clone(&ends)), &tasks);
                }
            }
        }
        let end = async {
            // It ends, or nobody is there any more: the same.
            let _ = stdin().read_u8().await;
            ends.set(true);
            clients.join_all().await;
        };
        tasks.run_until(end).await;
    }

    struct Client {
        socket: Socket,
        version: Version,
        connection: Connection,
        sender: Option<Sender>,
        counted: Counted,
    }

    #[derive(Default)]
    struct Counted {
        /// How long each answer took without the work of the server, in microseconds.
        delays: Vec<u128>,
        lost: BTreeMap<&'static str, u32>,
        /// How often the server had closed the connection before the request.
        moved: u32,
    }

    impl Client {
        async fn run(mut self, answers: Rc<Cell<u32>>, ends: Rc<Cell<bool>>) {
            for number in 0_u64.. {
                if ends.get() {
                    break;
                }
                let work = Duration::from_millis(if number % 20 == 7 { 100 } else { 2 });
                let begin = Instant::now();
                let asked = timeout(PATIENCE, self.ask(work)).await;
                match asked.unwrap_or_else(|_| Err("no answer".into())) {
                    Ok(()) => {
                        self.counted.delays.push(begin.elapsed().saturating_sub(work).as_micros());
                        answers.set(answers.get() + 1);
                        if answers.get().is_multiple_of(STEP) {
                            say(format_args!("{} answers", answers.get()));
                        }
                    }
                    Err(failure) => {
                        let Self { socket, version, connection, .. } = self;
                        say(format_args!("{} {socket:?} {version:?} {connection:?}: {failure:?}", kind(&*failure)));
                        *self.counted.lost.entry(kind(&*failure)).or_default() += 1;
                        self.sender = None;
                    }
                }
                sleep(Duration::from_millis(5 + number % 7)).await;
            }
            self.report();
        }

        /// A request for so much work, and its answer to the end.
        async fn ask(&mut self, work: Duration) -> Result<(), Failure> {
            let response = loop {
                let mut sender = match self.sender.take() {
                    Some(sender) => sender,
                    None => self.connect().await?,
                };
                match sender.send(work).await {
                    Ok(response) => {
                        if let Connection::Kept = self.connection {
                            self.sender = Some(sender);
                        }
                        break response;
                    }
                    Err(mut failed) => match failed.take_message() {
                        Some(_unsent) => self.counted.moved += 1,
                        None => return Err(failed.into_error().into()),
                    },
                }
            };
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            if status == 200 && body == "done" { Ok(()) } else { Err(format!("{status}: {body:?}").into()) }
        }

        async fn connect(&self) -> Result<Sender, Failure> {
            match self.socket {
                Socket::Tcp => {
                    let stream = TcpStream::connect("127.0.0.1:8080").await?;
                    stream.set_nodelay(true)?;
                    self.handshake(TokioIo::new(stream)).await
                }
                Socket::Unix => {
                    self.handshake(TokioIo::new(UnixStream::connect("/run/socket_service.sock").await?)).await
                }
            }
        }

        async fn handshake(&self, stream: impl Read + Write + Unpin + Send + 'static) -> Result<Sender, Failure> {
            // How a connection ends is seen by its requests.
            Ok(match self.version {
                Version::Http1 => {
                    let (sender, connection) = http1::handshake(stream).await?;
                    tokio::spawn(connection);
                    Sender::Http1(sender)
                }
                Version::Http2 => {
                    let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
                    tokio::spawn(connection);
                    Sender::Http2(sender)
                }
            })
        }

        fn report(mut self) {
            let Self { socket, version, connection, counted: Counted { delays, lost, moved }, .. } = &mut self;
            delays.sort_unstable();
            let [median, slowest] =
                [delays.len() / 2, delays.len().saturating_sub(1)].map(|at| delays.get(at).copied());
            let [refused, reset, failed] =
                ["refused", "reset", "failed"].map(|kind| lost.get(kind).copied().unwrap_or(0));
            say(format_args!(
                "counted {socket:?}/{version:?}/{connection:?} {} {refused} {reset} {failed} {moved} {} {}",
                delays.len(),
                median.unwrap_or(0),
                slowest.unwrap_or(0),
            ));
        }
    }

    enum Sender {
        Http1(http1::SendRequest<Empty<Bytes>>),
        Http2(http2::SendRequest<Empty<Bytes>>),
    }

    impl Sender {
        async fn send(&mut self, work: Duration) -> Result<Response<Incoming>, TrySendError<Request<Empty<Bytes>>>> {
            let request =
                |address: &str| Request::get(address).header("host", "test").body(Empty::new()).expect("a request");
            let path = format!("/{}", work.as_millis());
            match self {
                Self::Http1(sender) => {
                    // The request says whether the connection is closed.
                    let _ = sender.ready().await;
                    sender.try_send_request(request(&path)).await
                }
                Self::Http2(sender) => {
                    let _ = sender.ready().await;
                    sender.try_send_request(request(&format!("http://test{path}"))).await
                }
            }
        }
    }
}
