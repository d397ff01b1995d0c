//! A server without async: `tiny_http`, a thread for each request, and a plain `fn main`.
//!
//! Start it, begin an upload from a second terminal with `curl -T - http://127.0.0.1:8080/upload`, type a line, and
//! press Ctrl-C in the first. The upload continues until you end it with Ctrl-D. Meanwhile any other request is answered
//! with 503 and `{"error": "Service shutting down"}`, `/health` and `/ready` too. Then the worker stops, and after it
//! the database.
//!
//! ```text
//! $ cargo run -p example-10-threads
//! listening on http://127.0.0.1:8080
//!  INFO on SIGTERM: serve for 5 s, drain for at most 12 s, run 3 handlers; in the worst case 26 s of 28 s
//! upload begun
//! graceful: shutting down; press Ctrl-C again to stop waiting
//!  INFO shutting down after SIGINT, within 28 s
//!  INFO draining for at most 12 s: 1 in flight
//!  INFO shutdown handler `stop_accepting` completed in 380 µs
//!  INFO still draining: waiting for 1 in flight, at most 11 s longer
//! upload finished
//!  INFO drained in 1.8 s
//! worker stopped
//!  INFO shutdown handler `stop_worker` completed in 461 µs
//! database closed, rows written: 1
//!  INFO shutdown handler `close_database` completed in 127 µs
//!  INFO shutdown after SIGINT took 1.822 s of 28 s: 3 handlers completed; exit code 0
//! ```

use std::error::Error;
use std::io;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::{env, mem};

use graceful::{Phase, Resource, on_shutdown};
use tiny_http::{Header, Request, Response, Server};

const HEALTHY: &str = r#"{"status": "healthy"}"#;
const SHUTTING_DOWN: &str = r#"{"error": "Service shutting down"}"#;
const NOT_FOUND: &str = r#"{"error": "Not found"}"#;

#[graceful::main(grace_period = "28s", lame_duck = "5s", drain_timeout = "12s")]
fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    example_log::log_to_terminal();

    let database = Database::default();
    graceful::provide(database.clone());
    let worker = Worker::start(database)?;
    graceful::provide(worker.clone());

    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let server = Arc::new(Server::http(address)?);
    graceful::provide(Arc::clone(&server));
    println!("listening on http://{}", server.server_addr());
    graceful::ready();

    let ended = accept(&server, &worker);
    if graceful::phase() < Phase::Draining {
        return Err(ended.into());
    }
    // The drain waits for main, so main returns. What comes now is refused, until the process ends.
    thread::Builder::new().spawn(move || accept(&server, &worker))?;
    Ok(())
}

/// Ends the loop in main. There is nothing to look at every so often: this comes when the drain begins.
#[on_shutdown(phase = "drain")]
fn stop_accepting(Resource(server): Resource<Arc<Server>>) {
    server.unblock();
}

/// Until the server fails, or is unblocked, which counts as an error too.
fn accept(server: &Server, worker: &Worker) -> io::Error {
    loop {
        let request = match server.recv() {
            Ok(request) => request,
            Err(error) => return error,
        };
        let worker = worker.clone();
        // Without a thread the request is dropped: tiny_http then answers 500.
        if let Err(error) = thread::Builder::new().spawn(move || answer(request, &worker)) {
            eprintln!("no thread for a request: {error}");
        }
    }
}

fn answer(request: Request, worker: &Worker) {
    // In flight until the end of this function, where the answer is sent, or something has panicked.
    let in_flight = graceful::try_track();
    let sent = match (request.url(), &in_flight) {
        ("/health" | "/ready", _) if graceful::is_ready() => send(request, 200, HEALTHY),
        ("/health" | "/ready", _) | (_, Err(_)) => send(request, 503, SHUTTING_DOWN),
        ("/upload", Ok(_)) => upload(request, worker),
        (_, Ok(_)) => send(request, 404, NOT_FOUND),
    };
    if let Err(error) = sent {
        eprintln!("a client is lost: {error}");
    }
}

fn upload(mut request: Request, worker: &Worker) -> io::Result<()> {
    println!("upload begun");
    let bytes = io::copy(request.as_reader(), &mut io::sink())?;
    println!("upload finished");
    worker.does(Job::Save { bytes });
    send(request, 200, &format!(r#"{{"bytes": {bytes}}}"#))
}

fn send(request: Request, status: u16, json: &str) -> io::Result<()> {
    let content_type: Header = "Content-Type: application/json".parse().expect("a header");
    request.respond(Response::from_string(json).with_status_code(status).with_header(content_type))
}

enum Job {
    Save { bytes: u64 },
    Stop,
}

/// A thread that does jobs, one after another.
#[derive(Clone)]
struct Worker {
    jobs: Sender<Job>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Worker {
    fn start(database: Database) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let work = move || {
            while let Ok(Job::Save { bytes }) = queue.recv() {
                database.save(bytes);
            }
        };
        let thread = thread::Builder::new().spawn(work)?;
        Ok(Self { jobs, thread: Arc::new(Mutex::new(Some(thread))) })
    }

    fn does(&self, job: Job) {
        // It is refused when the worker has panicked.
        let _ = self.jobs.send(job);
    }
}

/// Nothing is in flight any more, so nothing comes after `Stop`. A plain function may block, as it does here.
#[on_shutdown(priority = 20, timeout = "5s")]
fn stop_worker(Resource(worker): Resource<Worker>) -> Result<(), &'static str> {
    worker.does(Job::Stop);
    if let Some(thread) = worker.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
        thread.join().map_err(|_| "the worker panicked")?;
    }
    println!("worker stopped");
    Ok(())
}

/// Stands for a database.
#[derive(Clone, Default)]
struct Database {
    rows: Arc<Mutex<Vec<u64>>>,
}

impl Database {
    fn save(&self, bytes: u64) {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

#[on_shutdown(priority = 10, timeout = "4s")]
fn close_database(Resource(database): Resource<Database>) {
    let rows = mem::take(&mut *database.rows.lock().unwrap_or_else(PoisonError::into_inner));
    println!("database closed, rows written: {}", rows.len());
}
