//! The I/O of a connection for hyper. It notes reads and writes, and closes without destroying an answer.
//!
//! After an upgrade the code that upgraded owns it, and the connection is in flight until it is dropped.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Sleep, sleep};
use tokio_util::sync::WaitForCancellationFuture;

use super::activity::{Activity, Protocol};
use super::drain::Drain;
use crate::observe::is_shutting_down;
use crate::program::program;

const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How many bytes are read and discarded at once.
const DISCARD_BUF: usize = 4096;

pub(super) struct Socket<I> {
    io: TokioIo<I>,
    /// How many bytes of HTTP/2's preface have arrived. All of them if this is HTTP/1.
    preface: usize,
    lingering_close: Option<Pin<Box<Sleep>>>,
    cut: Option<Box<Cut>>,
    activity: Arc<Activity>,
}

/// What wakes the tasks that read and write an upgraded connection when it is cut.
struct Cut {
    reading: Pin<Box<WaitForCancellationFuture<'static>>>,
    writing: Pin<Box<WaitForCancellationFuture<'static>>>,
}

impl<I> Socket<I> {
    pub(super) fn new(io: I, activity: Arc<Activity>) -> Self {
        Self { io: TokioIo::new(io), preface: 0, lingering_close: None, cut: None, activity }
    }

    #[cold]
    fn cut(&mut self) -> &mut Cut {
        self.cut.get_or_insert_with(|| {
            let cut = &program().cut_connections;
            Box::new(Cut { reading: Box::pin(cut.cancelled()), writing: Box::pin(cut.cancelled()) })
        })
    }

    /// Fails the I/O of an upgraded connection after the drain. Its task belongs to the application.
    #[cold]
    fn poll_cut_reading<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.cut().reading.as_mut().poll(cx).map(|()| Err(cut_off()))
    }

    #[cold]
    fn poll_cut_writing<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.cut().writing.as_mut().poll(cx).map(|()| Err(cut_off()))
    }

    fn is_cut(&self) -> bool {
        self.activity.is_tunnel() && program().cut_connections.is_cancelled()
    }
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the drain is over")
}

impl<I: AsyncRead + Unpin> Socket<I> {
    /// Reads the first bytes, to detect the protocol.
    #[cold]
    fn poll_preface(&mut self, cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let mut start = [0; HTTP2_PREFACE.len()];
        let expected = HTTP2_PREFACE.get(self.preface..).unwrap_or_default();
        let most = expected.len().min(buf.remaining());
        let mut read = ReadBuf::new(start.get_mut(..most).unwrap_or_default());
        ready!(Pin::new(&mut self.io).poll_read(cx, read.unfilled()))?;
        let read = read.filled();
        buf.put_slice(read);
        self.activity.read();
        if read.is_empty() || !expected.starts_with(read) {
            self.preface = HTTP2_PREFACE.len();
            self.activity.set_protocol(Protocol::Http1);
        } else {
            self.preface += read.len();
            if self.preface == HTTP2_PREFACE.len() {
                self.activity.set_protocol(Protocol::Http2);
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Reads and discards until the client has closed its side, or the time is up. With unread bytes the kernel would
    /// answer the next packet with a reset, which can destroy an answer that the client has not read yet.
    #[cold]
    fn poll_lingering_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut discarded = [0; DISCARD_BUF];
        loop {
            let mut discarded = tokio::io::ReadBuf::new(&mut discarded);
            match Pin::new(self.io.inner_mut()).poll_read(cx, &mut discarded) {
                Poll::Ready(Ok(())) if !discarded.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        self.lingering_close.as_mut().map_or(Poll::Ready(()), |time_is_up| time_is_up.as_mut().poll(cx))
    }
}

impl<I: AsyncRead + Unpin> Read for Socket<I> {
    #[inline]
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        if self.preface < HTTP2_PREFACE.len() {
            return self.poll_preface(cx, buf);
        }
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        if read.is_ready() {
            self.activity.read();
        } else {
            self.activity.nothing_to_read();
            if self.activity.is_tunnel() {
                return self.poll_cut_reading(cx);
            }
        }
        read
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> Write for Socket<I> {
    #[inline]
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = if self.is_cut() { Poll::Pending } else { Pin::new(&mut self.io).poll_write(cx, buf) };
        self.wrote(cx, written)
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = if self.is_cut() { Poll::Pending } else { Pin::new(&mut self.io).poll_write_vectored(cx, bufs) };
        self.wrote(cx, written)
    }

    #[inline]
    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.activity.wrote(flushed.is_pending());
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering_close.is_none() {
            ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
            if self.activity.is_tunnel() || !is_shutting_down() || !self.activity.has_unread() {
                return Poll::Ready(Ok(()));
            }
            self.lingering_close = Some(Box::pin(sleep(Drain::lingering_close(self.activity.server().drain()))));
        }
        self.poll_lingering_close(cx).map(Ok)
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> Socket<I> {
    #[inline]
    fn wrote(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.activity.wrote(written.is_pending());
        if written.is_pending() && self.activity.is_tunnel() {
            return self.poll_cut_writing(cx);
        }
        written
    }
}
