//! Servers in scopes, with connections in memory.

use std::io;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::routing::{get, post};
use axum::serve::Listener;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use super::in_program::shut_down;
use super::*;
use crate::axum::{Serve, handshake};
use crate::http;
use crate::program::{Staged, stage};

const SHUTDOWN: Duration = Duration::from_secs(10);

/// A program to which all calls in the test's runtime refer.
struct World {
    program: &'static Program,
    _staged: Staged,
}

/// The other side of a listener in memory.
#[derive(Clone)]
struct Clients(mpsc::UnboundedSender<DuplexStream>);

struct Memory(mpsc::UnboundedReceiver<DuplexStream>);

fn listener() -> (Clients, Memory) {
    let (clients, accepted) = mpsc::unbounded_channel();
    (Clients(clients), Memory(accepted))
}

impl Listener for Memory {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.recv().await {
            Some(stream) => (stream, ()),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

struct Client(DuplexStream);

impl Clients {
    fn connect(&self) -> Client {
        let (here, there) = duplex(1 << 16);
        self.0.send(there).unwrap();
        Client(here)
    }

    async fn send(&self, request: &str) -> Client {
        let mut client = self.connect();
        client.send(request).await;
        client
    }

    fn is_open(&self) -> bool {
        !self.0.is_closed()
    }
}

impl Client {
    async fn send(&mut self, request: &str) {
        self.0.write_all(request.as_bytes()).await.unwrap();
    }

    /// The answer of a connection that is closed after it.
    async fn last(mut self) -> String {
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// An answer after which the connection stays open.
    async fn next(&mut self) -> String {
        let mut answer = vec![0; 1024];
        let read = self.0.read(&mut answer).await.unwrap();
        String::from_utf8(answer[..read].to_vec()).unwrap()
    }
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")
}

impl World {
    fn new() -> Self {
        let program = new_program();
        let staged = stage(&Handle::current(), program).unwrap();
        Self { program, _staged: staged }
    }

    fn scope(&self, name: &str) -> Scope {
        scope_of(self.program, name)
    }
}

/// `/go` answers after a notification, `/hang` never, and `/upload` when the body has arrived.
fn router(go: &Arc<Notify>) -> Router {
    async fn wait(State(go): State<Arc<Notify>>) -> &'static str {
        go.notified().await;
        "gone"
    }
    /// Its guard ends with its client.
    async fn upload(request: Request) -> String {
        let _guard = crate::scope("tenant").track();
        let body = to_bytes(request.into_body(), usize::MAX).await;
        body.unwrap_or_default().len().to_string()
    }
    Router::new()
        .route("/", get(async || "hello"))
        .route("/go", get(wait))
        .route("/hang", get(async || pending::<()>().await))
        .route("/upload", post(upload))
        .with_state(Arc::clone(go))
}

struct Server {
    clients: Clients,
    go: Arc<Notify>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    fn start(set: impl FnOnce(Serve<Memory, Router>) -> Serve<Memory, Router>) -> Self {
        let (clients, listener) = listener();
        let go = Arc::default();
        let task = tokio::spawn(set(crate::axum::serve(listener, router(&go))).into_future());
        Self { clients, go, task }
    }

    fn in_scope(scope: &Scope) -> Self {
        Self::start(|server| server.in_scope(scope))
    }

    async fn answers(&self) {
        let mut client = self.clients.send(&request("/")).await;
        let answer = client.next().await;
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("connection: close"), "{answer}");
    }

    /// Waits until a request has arrived.
    async fn busy(&self, path: &str) -> Client {
        let client = self.clients.send(&request(path)).await;
        settled().await;
        client
    }
}

/// Lets all tasks run until they wait.
async fn settled() {
    sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_counts_in_its_scope_and_in_the_program() {
    let world = World::new();
    let (tenant, inner) = (world.scope("tenant"), world.scope("tenant").scope("inner"));
    let server = Server::in_scope(&inner);
    settled().await;
    assert_eq!(tenant.in_flight(), 0, "a listener is not in flight");
    let client = server.busy("/go").await;
    let numbers = || [inner.in_flight(), tenant.in_flight(), world.program.work.counts().connections];
    assert_eq!(numbers(), [1, 1, 1]);
    drop(client);
    settled().await;
    assert_eq!(numbers(), [0, 0, 0]);
    assert!(!world.program.lifecycle.is_ready(), "a part does not speak for the program");
}

#[tokio::test(start_paused = true)]
async fn one_server_drains_and_the_others_continue() {
    let world = World::new();
    let (one, two) = (world.scope("one"), world.scope("two"));
    let [of_one, of_two] = [&one, &two].map(Server::in_scope);
    let of_program = Server::start(|server| server);
    let mut idle = of_one.clients.connect();
    idle.send(&request("/")).await;
    assert!(!idle.next().await.contains("connection: close"));
    let busy = of_one.busy("/go").await;

    let ended = tokio::spawn(one.shut_down(SHUTDOWN));
    // One that waits at the listener when the drain begins is answered too.
    assert!(of_one.clients.send(&request("/")).await.last().await.contains("connection: close"));
    assert_eq!(idle.last().await, "", "it is closed after the linger");
    sleep(SECOND).await;
    assert!(!of_one.clients.is_open());
    assert!(!ended.is_finished() && !of_one.task.is_finished());
    of_two.answers().await;
    of_program.answers().await;

    of_one.go.notify_one();
    let answer = busy.last().await;
    assert!(answer.contains("connection: close") && answer.ends_with("gone"), "{answer}");
    assert!(ended.await.unwrap().is_clean());
    of_one.task.await.unwrap().unwrap();
    assert!(!world.program.lifecycle.is_shutting_down());

    // Its successor of the same name serves again.
    let again = Server::in_scope(&world.scope("one"));
    again.answers().await;
    of_two.answers().await;
}

/// The listener is open, although nothing is in flight.
#[tokio::test(start_paused = true)]
async fn the_end_waits_for_the_clients_at_the_listener() {
    let world = World::new();
    let tenant = world.scope("tenant");
    let server = Server::in_scope(&tenant);
    settled().await;
    let client = server.clients.send(&request("/")).await;
    assert_eq!(tenant.in_flight(), 0, "it is not accepted yet");
    let ended = tokio::spawn(tenant.shut_down(SHUTDOWN));
    assert!(tenant.ended().now_or_never().is_none());
    assert!(client.last().await.ends_with("hello"));
    assert!(ended.await.unwrap().is_clean());
    server.task.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn it_drains_with_a_scope_around_and_with_the_service() {
    for of_service in [false, true] {
        let world = World::new();
        let outer = world.scope("outer");
        let server = Server::in_scope(&outer.scope("inner"));
        let busy = server.busy("/go").await;
        let ended = match of_service {
            true => tokio::spawn(async move { shut_down(world.program).await.is_clean() }),
            false => {
                let ended = outer.shut_down(SHUTDOWN);
                tokio::spawn(async { ended.await.is_clean() })
            }
        };
        sleep(SECOND).await;
        assert!(!server.clients.is_open() && !ended.is_finished());
        server.go.notify_one();
        assert!(busy.last().await.ends_with("gone"));
        assert!(ended.await.unwrap());
        server.task.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_answering_at_the_cut_is_abandoned_once() {
    let world = World::new();
    let tenant = world.scope("tenant");
    let server = Server::in_scope(&tenant.scope("inner"));
    let hangs = server.busy("/hang").await;
    let begin = Instant::now();
    let report = tenant.shut_down(SECOND).await;
    assert_eq!(begin.elapsed(), Duration::from_millis(900));
    assert_eq!(names(&report), ["1 connection in scope `tenant/inner`"]);
    assert_eq!(hangs.last().await, "");
    server.task.await.unwrap().unwrap();
    assert_eq!(world.program.work.sum(), 0);
    let report = shut_down(world.program).await;
    assert!(report.is_clean() && report.cut().connections() == 0, "{report}");
}

/// Nor is the guard that its handler holds.
#[tokio::test(start_paused = true)]
async fn what_its_client_holds_is_not_abandoned() {
    for timeout in [SECOND, Duration::ZERO] {
        let world = World::new();
        let tenant = world.scope("tenant");
        let server = Server::in_scope(&tenant);
        let head = "POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nabc";
        let _upload = server.clients.send(head).await;
        let _idle = server.clients.connect();
        settled().await;
        assert_eq!(tenant.in_flight(), 3);
        let report = tenant.shut_down(timeout).await;
        assert!(report.is_clean(), "{report:?}");
        server.task.await.unwrap().unwrap();
        let report = shut_down(world.program).await;
        assert_eq!(report.cut().connections(), 0, "{report}");
    }
}

/// Its future ends with its connections, and is no abandoned task.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_a_task_of_its_scope_is_not_abandoned() {
    for timeout in [SECOND, Duration::ZERO] {
        let world = World::new();
        let tenant = world.scope("tenant");
        let start = || {
            let (clients, listener) = listener();
            let server = crate::axum::serve(listener, router(&Arc::default())).in_scope(&tenant);
            tenant.spawn(server.into_future());
            clients
        };
        let (_idle, busy) = (start(), start());
        let _hangs = busy.send(&request("/hang")).await;
        settled().await;
        assert_eq!(tenant.in_flight(), 3);
        assert_eq!(names(&tenant.shut_down(timeout).await), ["1 connection in scope `tenant`"]);
        assert_eq!(world.program.work.sum(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_cut_counts_for_those_who_want_it() {
    let world = World::new();
    let tenant = world.scope("tenant");
    let server = Server::start(|server| server.in_scope(&tenant).unclean_when_cut(true));
    let _upload = server.clients.send("POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n").await;
    settled().await;
    assert_eq!(names(&tenant.shut_down(SECOND).await), ["1 connection in scope `tenant`"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_drain_of_the_service_cuts_is_in_both_reports() {
    let world = World::new();
    let tenant = world.scope("tenant");
    let server = Server::in_scope(&tenant);
    let _hangs = server.busy("/hang").await;
    let report = shut_down(world.program).await;
    let [abandoned] = report.abandoned() else { panic!("{report}") };
    assert_eq!(*abandoned, Abandoned::Connections { connections: 1, scope: None });
    let words = report.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("abandoned: 1 connection: GET /hang") && words.contains("in scope `tenant`"), "{report}");
    assert_eq!(names(&tenant.ended().await), ["1 connection in scope `tenant`"]);
    server.task.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_scope_that_has_ended_serves_nobody() {
    let world = World::new();
    let tenant = world.scope("tenant");
    tenant.shut_down(SECOND).await;
    let server = Server::in_scope(&tenant);
    server.task.await.unwrap().unwrap();
    assert!(!server.clients.is_open());
}

/// Connections survive the future of the server.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_dropped_leaves_its_connections() {
    let world = World::new();
    let tenant = world.scope("tenant");
    let server = Server::in_scope(&tenant);
    let busy = server.busy("/go").await;
    server.task.abort();
    settled().await;
    assert!(!server.clients.is_open());
    let ended = tokio::spawn(tenant.shut_down(SHUTDOWN));
    settled().await;
    assert!(!ended.is_finished());
    server.go.notify_one();
    assert!(busy.last().await.ends_with("gone"));
    assert!(ended.await.unwrap().is_clean());
}

#[tokio::test(start_paused = true)]
async fn the_layer_refuses_in_the_drain_of_the_scope() {
    let world = World::new();
    let tenant = world.scope("tenant");
    let server = Server::start(|server| server.in_scope(&tenant).layer(http::layer()));
    let mut client = server.clients.connect();
    client.send(&request("/")).await;
    assert!(client.next().await.starts_with("HTTP/1.1 200"));
    let _ended = tenant.shut_down(SHUTDOWN);
    client.send(&request("/")).await;
    let answer = client.last().await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("connection: close"), "{answer}");
}

/// A server whose clients begin with one byte.
fn with_handshakes(scope: &Scope) -> (Clients, JoinHandle<io::Result<()>>) {
    let (clients, listener) = listener();
    let listener = handshake(listener, async |mut client: DuplexStream| {
        assert_eq!(client.read_u8().await?, b'g');
        Ok(client)
    });
    let server = crate::axum::serve(listener, router(&Arc::default())).in_scope(scope);
    (clients, tokio::spawn(server.into_future()))
}

#[tokio::test(start_paused = true)]
async fn a_handshake_counts_in_the_scope() {
    let world = World::new();
    let tenant = world.scope("tenant");
    let (clients, server) = with_handshakes(&tenant);
    let (mut good, _silent) = (clients.connect(), clients.connect());
    settled().await;
    assert_eq!(tenant.in_flight(), 2);
    let begin = Instant::now();
    let ended = tokio::spawn(tenant.shut_down(SECOND));
    settled().await;
    good.send(&format!("g{}", request("/"))).await;
    assert!(good.last().await.contains("connection: close"));
    assert!(ended.await.unwrap().is_clean());
    // A third of the drain.
    assert!(begin.elapsed() <= Duration::from_millis(310), "{:?}", begin.elapsed());
    server.await.unwrap().unwrap();
}

/// It would have had more time in the shutdown that was asked for first.
#[tokio::test(start_paused = true)]
async fn a_handshake_ends_with_the_cut() {
    let world = World::new();
    let tenant = world.scope("tenant");
    let (clients, server) = with_handshakes(&tenant);
    let _silent = clients.connect();
    settled().await;
    let first = tenant.shut_down(SHUTDOWN);
    settled().await;
    let begin = Instant::now();
    assert!(tenant.shut_down(SECOND).await.is_clean());
    assert_eq!(begin.elapsed(), Duration::from_millis(900));
    assert!(first.await.is_clean());
    server.await.unwrap().unwrap();
}
