//! A client that speaks HTTP/1.1 by hand, so that it decides when a request ends.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longer than anything takes, also on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// More than the 1024 bytes that `tiny_http` waits for before it lets anybody have the request.
pub const UPLOAD: &str = match str::from_utf8(&[b'.'; 5000]) {
    Ok(dots) => dots,
    Err(_) => "",
};

/// A connection, which may be used for several requests.
pub struct Client(BufReader<TcpStream>);

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    head: Vec<String>,
    /// The body, with chunks put together.
    pub body: String,
}

impl Client {
    /// Connects.
    pub fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).expect("a connection")
    }

    /// Connects, if the server accepts.
    pub fn try_connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request and reads the answer.
    pub fn get(&mut self, path: &str) -> Answer {
        self.ask(path).expect("an answer")
    }

    /// Whether another request is refused: with 503, or, which is as likely, because the connection has ended.
    pub fn is_refused(&mut self) -> bool {
        self.ask("/upload").map_or(true, |answer| answer.status == 503)
    }

    /// The same, if the connection holds.
    pub fn ask(&mut self, path: &str) -> io::Result<Answer> {
        self.begin(path)?;
        self.answer()
    }

    /// Sends a request.
    pub fn begin(&mut self, path: &str) -> io::Result<()> {
        self.say(&format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n"))
    }

    /// Sends the head of a request, and nothing of the body that it announces.
    pub fn begin_upload(&mut self, path: &str) {
        let head = format!("PUT {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n", UPLOAD.len());
        self.say(&head).expect("a server that reads");
    }

    /// Sends the body.
    pub fn finish_upload(&mut self) -> Answer {
        self.say(UPLOAD).expect("a server that reads");
        self.answer().expect("an answer")
    }

    /// Sends text as it is.
    pub fn say(&mut self, text: &str) -> io::Result<()> {
        self.0.get_mut().write_all(text.as_bytes())
    }

    /// Reads an answer.
    pub fn answer(&mut self) -> io::Result<Answer> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut answer =
            Answer { status: status.ok_or(io::ErrorKind::UnexpectedEof)?, head: Vec::new(), body: String::new() };
        loop {
            match self.line()? {
                line if line.is_empty() => break,
                line => answer.head.push(line),
            }
        }
        if answer.header("transfer-encoding") == Some("chunked") {
            while let length @ 1.. = self.length_of_chunk()? {
                self.body(length, &mut answer)?;
                self.line()?;
            }
            self.line()?;
        } else {
            let length = answer.header("content-length").map_or(0, |length| length.parse().expect("a length"));
            self.body(length, &mut answer)?;
        }
        Ok(answer)
    }

    fn length_of_chunk(&mut self) -> io::Result<u64> {
        u64::from_str_radix(&self.line()?, 16).map_err(|_| io::ErrorKind::UnexpectedEof.into())
    }

    fn body(&mut self, length: u64, answer: &mut Answer) -> io::Result<()> {
        let read = self.0.by_ref().take(length).read_to_string(&mut answer.body)?;
        assert_eq!(read as u64, length, "{answer:?} is cut short");
        Ok(())
    }

    /// Reads up to this line: whether it comes.
    pub fn hears(&mut self, line: &str) -> bool {
        loop {
            let mut heard = String::new();
            match self.0.read_line(&mut heard) {
                Ok(0) | Err(_) => return false,
                Ok(_) if heard.trim_end() == line => return true,
                Ok(_) => {}
            }
        }
    }

    /// Without its end. Empty at the end of a head, and of the connection.
    pub fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.iter().filter_map(|line| line.split_once(": "));
        headers.into_iter().find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    }
}

/// Waits until the server has closed its door.
#[track_caller]
pub fn assert_refuses_connections(address: SocketAddr) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match TcpStream::connect(address) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return,
            _ => assert!(Instant::now() < deadline, "{address} is still open"),
        }
    }
}
