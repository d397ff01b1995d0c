//! Clients of the service, which ask without pause, and count what they don't get.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::endpoints::Endpoints;
use graceful_server_tests::client::Client;

/// Between an answer and the next request: so connections are idle now and then.
const PAUSE: Duration = Duration::from_millis(10);

/// What each client does. Of the slow requests, which take 3 s, one is begun in each step.
const CLIENTS: [Kind; 9] = [
    Kind::Kept("/"),
    Kind::Kept("/"),
    Kind::New("/"),
    Kind::New("/"),
    Kind::Kept("/slow"),
    Kind::Kept("/slow"),
    Kind::New("/slow"),
    Kind::New("/slow"),
    Kind::Events,
];
const STEP: Duration = Duration::from_millis(750);

#[derive(Clone, Copy)]
enum Kind {
    /// One request after another over a connection that is kept.
    Kept(&'static str),
    /// A connection for each request.
    New(&'static str),
    /// A stream that goes on until the service ends it.
    Events,
}

pub(crate) struct Traffic {
    clients: Vec<JoinHandle<Counted>>,
}

/// Dropped by a client when it has got something.
type Begun = Sender<Infallible>;

/// What became of the requests.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) answered: usize,
    /// Streams that said goodbye.
    pub(crate) finished: usize,
    /// Why those that weren't answered, or broke off, failed.
    pub(crate) lost: Vec<String>,
}

impl Traffic {
    /// Returns when each client has got something, so that all of them are in the middle of it. They end by themselves
    /// when the pod is gone from the endpoints.
    pub(crate) fn start(endpoints: &Arc<Endpoints>) -> Self {
        let (begun, all_begun) = mpsc::channel::<Infallible>();
        let client = |(place, kind): (u32, &Kind)| {
            let (kind, endpoints, begun) = (*kind, Arc::clone(endpoints), begun.clone());
            thread::spawn(move || {
                thread::sleep(STEP * (place % 4));
                kind.run(&endpoints, begun)
            })
        };
        let clients = (0..).zip(&CLIENTS).map(client).collect();
        drop(begun);
        // Nothing is sent: it ends when all of them have dropped theirs.
        let _ = all_begun.recv();
        Self { clients }
    }

    /// Waits for all clients.
    pub(crate) fn end(self) -> Counted {
        self.clients.into_iter().fold(Counted::default(), |mut all, client| {
            let of_one = client.join().expect("a client that doesn't panic");
            all.answered += of_one.answered;
            all.finished += of_one.finished;
            all.lost.extend(of_one.lost);
            all
        })
    }
}

impl Kind {
    fn run(self, endpoints: &Endpoints, begun: Begun) -> Counted {
        match self {
            Self::Kept(path) => ask(path, true, endpoints, begun),
            Self::New(path) => ask(path, false, endpoints, begun),
            Self::Events => follow(endpoints, begun),
        }
    }
}

fn ask(path: &str, keep: bool, endpoints: &Endpoints, begun: Begun) -> Counted {
    let mut counted = Counted::default();
    let mut kept: Option<Client> = None;
    let mut begun = Some(begun);
    while let Some(pod) = endpoints.pod() {
        let client = kept.take().map_or_else(|| Client::try_connect(pod), Ok);
        let answered = client.and_then(|mut client| Ok((client.ask(path)?, client)));
        match answered {
            Ok((answer, client)) if answer.status == 200 => {
                counted.answered += 1;
                kept = Some(client).filter(|_| keep && answer.header("connection") != Some("close"));
            }
            Ok((answer, _)) => counted.lost.push(format!("{path}: {}", answer.status)),
            Err(error) => counted.lost.push(format!("{path}: {error}")),
        }
        begun.take();
        thread::sleep(PAUSE);
    }
    counted
}

fn follow(endpoints: &Endpoints, begun: Begun) -> Counted {
    let mut counted = Counted::default();
    let Some(pod) = endpoints.pod() else { return counted };
    let followed = Client::try_connect(pod).and_then(|mut client| {
        client.begin("/events")?;
        let begins = client.hears("data: tick");
        drop(begun);
        // The last piece is one of no length.
        Ok(begins && client.hears("data: goodbye") && client.hears("0"))
    });
    match followed {
        Ok(true) => counted.finished += 1,
        Ok(false) => counted.lost.push("/events: no goodbye".to_owned()),
        Err(error) => counted.lost.push(format!("/events: {error}")),
    }
    counted
}
