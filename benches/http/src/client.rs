//! A client of HTTP/1.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// One connection over HTTP/1.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Client {
    /// Connects to the server.
    ///
    /// # Panics
    ///
    /// If that fails.
    #[must_use]
    pub fn connect(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).expect("a connection");
        stream.set_nodelay(true).expect("an option");
        Self { stream, answer: Vec::new() }
    }

    /// Sends a request, and reads the answer.
    ///
    /// # Panics
    ///
    /// If the connection ends before that.
    pub fn request(&mut self) {
        self.send();
        self.receive();
    }

    pub(crate) fn send(&mut self) {
        self.stream.write_all(b"GET / HTTP/1.1\r\nhost: bench\r\n\r\n").expect("a request");
    }

    pub(crate) fn receive(&mut self) {
        self.answer.clear();
        let mut part = [0; 512];
        while !self.answer.ends_with(b"hello") {
            let read = self.stream.read(&mut part).expect("an answer");
            assert!(read > 0, "the connection ended");
            self.answer.extend_from_slice(&part[..read]);
        }
    }
}
