//! A client that knows as much HTTP/1 as the tests need. A connection that is reset fails the test.

use std::fmt::Debug;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than anything takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection to a server.
#[derive(Debug)]
pub struct Client<S = TcpStream>(BufReader<S>);

/// An answer, with its whole body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, without the marks of chunks.
    pub body: String,
}

impl Client {
    /// Connects.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a TCP stream");
        stream.set_read_timeout(Some(PATIENCE)).expect("a TCP stream");
        stream.set_write_timeout(Some(PATIENCE)).expect("a TCP stream");
        Self::new(stream)
    }

    /// Its own address.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.0.get_ref().local_addr().expect("a connected stream")
    }

    /// Waits until something has come, and leaves it there.
    #[track_caller]
    pub fn wait_for_answer(&mut self) {
        assert_eq!(self.0.get_ref().peek(&mut [0]).expect("an answer"), 1);
    }

    /// Closes the half that sends.
    pub fn end_sending(&mut self) {
        self.0.get_ref().shutdown(Shutdown::Write).expect("it is connected");
    }

    /// Connects, and sends this.
    #[must_use]
    pub fn sending(address: SocketAddr, what: &str) -> Self {
        let mut client = Self::connect(address);
        client.send(what);
        client
    }
}

impl<S: Read + Write + Debug> Client<S> {
    /// On a stream that is connected.
    #[must_use]
    pub fn new(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    /// Sends this.
    #[track_caller]
    pub fn send(&mut self, what: &str) {
        self.0.get_mut().write_all(what.as_bytes()).expect("the server reads");
    }

    /// Sends a request, and waits for the answer.
    #[track_caller]
    pub fn ask(&mut self, request: &str) -> Answer {
        self.send(request);
        self.answer()
    }

    /// Waits for an answer.
    #[track_caller]
    pub fn answer(&mut self) -> Answer {
        let (status, headers) = self.head();
        let header = |name: &str| headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let body = match (header("content-length"), header("transfer-encoding")) {
            (Some(length), _) => self.exactly(length.parse().expect("a length")),
            (None, Some("chunked")) => {
                let mut body = String::new();
                while let Some(chunk) = self.chunk() {
                    body.push_str(&chunk);
                }
                body
            }
            _ => String::new(),
        };
        Answer { status, headers, body }
    }

    /// Waits for the head of an answer.
    #[track_caller]
    pub fn head(&mut self) -> (u16, Vec<(String, String)>) {
        let first = self.line();
        let status = first.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer: `{first}`"));
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        (status, headers)
    }

    /// Waits for a chunk of a body; `None` is its end.
    #[track_caller]
    pub fn chunk(&mut self) -> Option<String> {
        let length = self.line();
        let length = usize::from_str_radix(&length, 16).unwrap_or_else(|_| panic!("no chunk: `{length}`"));
        let chunk = self.exactly(length);
        assert_eq!(self.line(), "", "the end of a chunk");
        (length > 0).then_some(chunk)
    }

    #[track_caller]
    fn line(&mut self) -> String {
        let mut line = String::new();
        match self.0.read_line(&mut line) {
            Ok(0) => panic!("the connection has ended"),
            Ok(_) => line.trim_end().to_owned(),
            Err(error) => panic!("no line: {error}, after `{line}`"),
        }
    }

    #[track_caller]
    fn exactly(&mut self, length: usize) -> String {
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap_or_else(|error| panic!("no body: {error}"));
        String::from_utf8(body).expect("text")
    }

    /// Waits for the end of the connection, and gives what comes before it. It may not be reset.
    #[track_caller]
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).unwrap_or_else(|error| panic!("no clean end: {error}"));
        rest
    }

    /// Waits for the end of the connection: nothing may come before it, and it may not be reset.
    #[track_caller]
    pub fn ends(&mut self) {
        let rest = self.rest();
        assert!(rest.is_empty(), "there is more: `{}`", String::from_utf8_lossy(&rest));
    }

    /// Waits until the server has given up the connection, in whichever way.
    #[track_caller]
    pub fn is_cut(&mut self) {
        let mut rest = Vec::new();
        if let Err(error) = self.0.read_to_end(&mut rest) {
            assert_ne!(error.kind(), ErrorKind::WouldBlock, "the connection is still open");
        }
    }
}

impl Answer {
    /// Holds status and body against these.
    #[track_caller]
    pub fn is(&self, status: u16, body: &str) -> &Self {
        assert_eq!((self.status, self.body.as_str()), (status, body), "{self:?}");
        self
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// It must say that the connection ends with it, or that it doesn't.
    #[track_caller]
    pub fn is_last(&self, last: bool) -> &Self {
        assert_eq!(self.header("connection"), last.then_some("close"), "{self:?}");
        self
    }
}
