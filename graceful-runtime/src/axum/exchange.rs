//! Requests that something waits for: noted when their answer or a body is first pending, so that a fast request costs nothing.
//!
//! They say what holds a connection: the application, which still produces an answer, or the client.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ::http::uri::PathAndQuery;
use ::http::{Method, Request};
use graceful_core::text::escape;

/// How many characters of a method or a path are shown.
const MAX_PATH: usize = 60;

/// Method and path of a request, for its first poll. It holds hyper's buffer, so it is not kept.
pub(super) struct Head {
    method: Method,
    path: Option<PathAndQuery>,
}

impl Head {
    /// Clones them, which costs less than a copy of their text.
    #[inline]
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        Self { method: request.method().clone(), path: request.uri().path_and_query().cloned() }
    }

    /// In words, without the query, which may contain secrets.
    fn name(&self) -> Name {
        let mut name = String::new();
        push(&mut name, self.method.as_str());
        // CONNECT has none.
        if let Some(path) = &self.path {
            name.push(' ');
            push(&mut name, path.path());
        }
        Name(name.into())
    }
}

fn push(name: &mut String, text: &str) {
    if text.len() <= MAX_PATH {
        return name.push_str(text);
    }
    name.extend(text.chars().take(MAX_PATH));
    name.push('…');
}

/// What a request is called: its method and its path.
#[derive(Debug, Clone)]
pub(super) struct Name(Box<str>);

impl Name {
    pub(super) fn show(name: Option<&Self>) -> String {
        name.map_or_else(|| "a request".to_owned(), |Self(name)| escape(name))
    }
}

/// A request and its answer.
#[derive(Debug)]
struct Exchange {
    id: u32,
    name: Option<Name>,
    answer: Answering,
    upload: Uploading,
}

/// What the application makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answering {
    /// Nothing is noted.
    No,
    /// The head of the answer is pending.
    Head,
    /// The body of the answer is pending.
    Body,
    /// It had a part of the body after a wait. The connection asks for the next part at once, unless the client reads slowly.
    Part,
    /// The connection does not ask for more of the body at present.
    HandedOver,
}

/// How the client reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// All that was written has gone to the client, or to the kernel.
    InTime,
    /// It may be why the connection does not ask for more. Over HTTP/2 each stream has a window, which nobody knows.
    PerhapsSlowly,
}

/// The body of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Uploading {
    /// Nothing is noted.
    No,
    /// The application waits for it.
    Awaited,
    /// The application has a part of it. It becomes `No` when the answer is still pending after that: until then the application
    /// may be about to wait for the next part, and a client that sends byte by byte must not look like a slow application.
    Read,
}

/// The exchanges of one connection that are noted.
#[derive(Debug, Default)]
pub(super) struct Exchanges(Mutex<Vec<Exchange>>);

impl Exchanges {
    fn lock(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    pub(super) fn answer(&self, id: u32, head: Option<&Head>, answer: Answering) {
        self.change(id, |exchange| {
            if let Some(head) = head {
                exchange.name = Some(head.name());
            }
            exchange.answer = answer;
            if exchange.upload == Uploading::Read {
                exchange.upload = Uploading::No;
            }
        });
    }

    #[cold]
    pub(super) fn upload(&self, id: u32, upload: Uploading) {
        self.change(id, |exchange| exchange.upload = upload);
    }

    /// The answer has ended.
    #[cold]
    pub(super) fn end(&self, id: u32) {
        self.change(id, |exchange| exchange.answer = Answering::No);
    }

    #[cold]
    pub(super) fn name(&self, id: u32) -> Option<Name> {
        self.lock().iter().find(|exchange| exchange.id == id)?.name.clone()
    }

    fn change(&self, id: u32, change: impl FnOnce(&mut Exchange)) {
        let mut exchanges = self.lock();
        let at = exchanges.iter().position(|exchange| exchange.id == id);
        let at = at.unwrap_or_else(|| {
            exchanges.push(Exchange { id, name: None, answer: Answering::No, upload: Uploading::No });
            exchanges.len() - 1
        });
        let Some(exchange) = exchanges.get_mut(at) else { return };
        change(exchange);
        if (exchange.answer, exchange.upload) == (Answering::No, Uploading::No) {
            exchanges.swap_remove(at);
        }
    }

    /// Whether the application still produces an answer, and if so, whether one has begun.
    pub(super) fn producing(&self, reading: Reading) -> Option<bool> {
        let exchanges = self.lock();
        let mut producing = exchanges.iter().filter(|exchange| exchange.is_producing(reading)).peekable();
        producing.peek()?;
        Some(producing.any(|exchange| exchange.answering(reading) == Answering::Body))
    }

    /// Whether the application waits for the body of a request.
    pub(super) fn await_upload(&self) -> bool {
        self.lock().iter().any(|exchange| exchange.upload == Uploading::Awaited)
    }

    /// Method and path of those that are known, what each waits for, and how many there are.
    pub(super) fn describe(&self, reading: Reading) -> Vec<(String, &'static str)> {
        self.lock().iter().map(|exchange| exchange.describe(reading)).collect()
    }
}

impl Exchange {
    fn answering(&self, reading: Reading) -> Answering {
        match (self.answer, reading) {
            (Answering::Part, Reading::InTime) => Answering::Body,
            (answer, _) => answer,
        }
    }

    fn is_producing(&self, reading: Reading) -> bool {
        matches!(self.answering(reading), Answering::Head | Answering::Body) && self.upload == Uploading::No
    }

    fn describe(&self, reading: Reading) -> (String, &'static str) {
        let waits = match self.answering(reading) {
            _ if self.upload != Uploading::No => "the body of the request is incomplete",
            Answering::HandedOver | Answering::Part => "the client reads slowly",
            Answering::Body => "answer in progress",
            Answering::Head | Answering::No => "not answered yet",
        };
        (Name::show(self.name.as_ref()), waits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(method: &str, uri: &str) -> Option<Head> {
        Some(Head::of(&Request::builder().method(method).uri(uri).body(()).unwrap()))
    }

    fn shown(method: &str, uri: &str) -> String {
        Name::show(head(method, uri).map(|head| head.name()).as_ref())
    }

    #[test]
    fn a_head_is_short_harmless_and_without_the_query() {
        assert_eq!(shown("GET", "/events?token=secret"), "GET /events");
        assert_eq!(shown("POST", "http://test/%1b[31m"), "POST /%1b[31m");
        assert_eq!(shown("CONNECT", "example.com:443"), "CONNECT");
        let long = shown("GET", &format!("/{}", "x".repeat(100)));
        assert_eq!(long, format!("GET /{}…", "x".repeat(59)));
        assert_eq!(shown(&"M".repeat(100), "/"), format!("{}… /", "M".repeat(60)));
    }

    #[test]
    fn the_application_produces_unless_it_waits_for_the_body() {
        let (exchanges, head) = (Exchanges::default(), head("POST", "/"));
        exchanges.upload(1, Uploading::Awaited);
        exchanges.answer(1, head.as_ref(), Answering::Head);
        assert_eq!(exchanges.producing(Reading::PerhapsSlowly), None);
        // Between two bytes.
        exchanges.upload(1, Uploading::Read);
        assert_eq!(exchanges.producing(Reading::PerhapsSlowly), None);
        exchanges.answer(1, head.as_ref(), Answering::Head);
        assert_eq!(exchanges.producing(Reading::PerhapsSlowly), Some(false));
        exchanges.answer(1, head.as_ref(), Answering::Body);
        assert_eq!(exchanges.producing(Reading::PerhapsSlowly), Some(true));
        exchanges.answer(1, head.as_ref(), Answering::HandedOver);
        assert_eq!(exchanges.producing(Reading::PerhapsSlowly), None);
        exchanges.end(1);
        assert!(exchanges.describe(Reading::PerhapsSlowly).is_empty());
    }

    /// As an endless stream has it for most of the time that it does not wait.
    #[test]
    fn after_a_part_the_application_is_waited_for_if_the_client_reads() {
        let exchanges = Exchanges::default();
        exchanges.answer(1, head("GET", "/events").as_ref(), Answering::Part);
        for (reading, producing, waits) in [
            (Reading::InTime, Some(true), "answer in progress"),
            (Reading::PerhapsSlowly, None, "the client reads slowly"),
        ] {
            assert_eq!(exchanges.producing(reading), producing);
            assert_eq!(exchanges.describe(reading), [("GET /events".to_owned(), waits)]);
        }
    }

    #[test]
    fn one_of_several_is_enough() {
        let (exchanges, head) = (Exchanges::default(), head("GET", "/"));
        exchanges.upload(1, Uploading::Awaited);
        exchanges.answer(1, head.as_ref(), Answering::Head);
        exchanges.answer(2, head.as_ref(), Answering::Head);
        assert_eq!(exchanges.producing(Reading::PerhapsSlowly), Some(false));
        exchanges.end(2);
        assert_eq!(exchanges.producing(Reading::PerhapsSlowly), None);
        exchanges.end(1);
        exchanges.upload(1, Uploading::No);
        assert!(exchanges.lock().is_empty());
    }
}
