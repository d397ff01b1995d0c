//! The I/O of a connection for hyper. It notes reads and writes, and closes without destroying an answer.
//!
//! After an upgrade the code that upgraded owns it, and the connection is in flight until it is dropped.

mod cut;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Sleep, sleep};

use self::cut::{Cut, Wait, cut_off};
use super::activity::{Activity, Protocol};
use super::drain::Drain;

const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How many bytes are read at once while clients may close their sending half.
const HALF_CLOSE_BUF: usize = 8 * 1024;

/// Written at once over HTTP/2, this is part of an answer, unless it answers a flood of pings.
const MUCH: usize = 4096;

/// How many bytes are read and discarded at once.
const DISCARD_BUF: usize = 4096;

pub(super) struct Socket<I> {
    io: TokioIo<I>,
    /// How many bytes of HTTP/2's preface have arrived. All of them if this is HTTP/1.
    preface: usize,
    /// Whether the protocol is known, and nothing needs to be done about the end.
    reads_directly: bool,
    half_close: bool,
    /// Whether the client has closed its sending half.
    has_ended: bool,
    /// Whether hyper does not know of that, and is woken after the answer.
    keeps_end: bool,
    lingering_close: Option<Pin<Box<Sleep>>>,
    cut: Option<Box<Cut>>,
    activity: Arc<Activity>,
}

impl<I> Socket<I> {
    pub(super) fn new(io: I, activity: Arc<Activity>) -> Self {
        let half_close = activity.server().clients().half_close;
        Self {
            io: TokioIo::new(io),
            preface: 0,
            reads_directly: false,
            half_close,
            has_ended: false,
            keeps_end: false,
            lingering_close: None,
            cut: None,
            activity,
        }
    }

    /// Waits until an upgraded connection is cut. Its task belongs to the application.
    #[cold]
    fn poll_cut<T>(&mut self, cx: &mut Context<'_>, of: fn(&mut Cut) -> &mut Wait) -> Poll<io::Result<T>> {
        let activity = &self.activity;
        of(self.cut.get_or_insert_with(|| Cut::of(activity))).poll(cx, activity)
    }

    /// Whether an upgraded connection was cut. That happens only in a drain.
    fn is_cut(&self) -> bool {
        self.activity.server().is_ending()
            && (self.activity.server().cut_token().is_cancelled() || self.activity.is_cut())
    }
}

impl<I: AsyncRead + Unpin> Socket<I> {
    #[cold]
    fn poll_read_first(&mut self, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        if self.preface < HTTP2_PREFACE.len() {
            return self.poll_preface(cx, buf);
        }
        self.poll_read_half_closed(cx, buf)
    }

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
            self.reads_directly = !self.half_close;
        } else {
            self.preface += read.len();
            if self.preface == HTTP2_PREFACE.len() {
                self.activity.set_protocol(Protocol::Http2);
                self.reads_directly = true;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Notes what a read has returned.
    #[inline]
    fn read(&mut self, cx: &mut Context<'_>, read: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
        if self.activity.is_tunnel() {
            return self.read_tunnel(cx, read);
        }
        if read.is_ready() {
            self.activity.read();
        } else {
            self.activity.nothing_to_read();
        }
        read
    }

    #[cold]
    fn read_tunnel(&mut self, cx: &mut Context<'_>, read: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
        if read.is_ready() {
            // A client that sends faster than the application works is never waited for.
            if self.is_cut() {
                return Poll::Ready(Err(cut_off()));
            }
            self.activity.read();
            self.activity.moved();
            return read;
        }
        self.activity.awaits_tunnel();
        self.poll_cut(cx, |cut| &mut cut.reading)
    }

    /// Reads, and keeps the end from hyper while it answers a request, which it would drop.
    ///
    /// hyper's own `half_close` does not read while it answers, so it would hide whether another request has arrived.
    fn poll_read_half_closed(&mut self, cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; HALF_CLOSE_BUF];
        let most = buf.remaining().min(bytes.len());
        let mut part = ReadBuf::new(bytes.get_mut(..most).unwrap_or_default());
        let read = match self.has_ended {
            true => Poll::Ready(Ok(())),
            false => Pin::new(&mut self.io).poll_read(cx, part.unfilled()),
        };
        if matches!(read, Poll::Ready(Ok(()))) && part.filled().is_empty() && most > 0 {
            self.has_ended = true;
            if !self.activity.is_tunnel() && !self.activity.may_end(cx.waker()) {
                self.activity.nothing_to_read();
                self.keeps_end = true;
                return Poll::Pending;
            }
        }
        buf.put_slice(part.filled());
        self.read(cx, read)
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
        if !self.reads_directly {
            return self.poll_read_first(cx, buf);
        }
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        self.read(cx, read)
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> Write for Socket<I> {
    #[inline]
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if !self.activity.is_http1() {
            return self.write_other(cx, &[io::IoSlice::new(buf)]);
        }
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.activity.wrote(written.is_pending());
        written
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if !self.activity.is_http1() {
            return self.write_other(cx, bufs);
        }
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.activity.wrote(written.is_pending());
        written
    }

    #[inline]
    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.activity.wrote(flushed.is_pending());
        if self.keeps_end && self.activity.may_end(cx.waker()) {
            self.keeps_end = false;
            cx.waker().wake_by_ref();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering_close.is_none() {
            ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
            if self.activity.is_tunnel() || !self.activity.server().is_ending() || !self.activity.has_unread() {
                return Poll::Ready(Ok(()));
            }
            self.lingering_close = Some(Box::pin(sleep(Drain::lingering_close(self.activity.server().drain()))));
        }
        self.poll_lingering_close(cx).map(Ok)
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> Socket<I> {
    /// Writes HTTP/2, or what follows an upgrade.
    fn write_other(&mut self, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let is_tunnel = self.activity.is_tunnel();
        if is_tunnel && self.is_cut() {
            return Poll::Ready(Err(cut_off()));
        }
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        if is_tunnel {
            self.activity.wrote(written.is_pending());
            if written.is_pending() {
                return self.poll_cut(cx, |cut| &mut cut.writing);
            }
            self.activity.moved();
            return written;
        }
        let has_answer = bufs.iter().any(|buf| has_answer(buf));
        if has_answer {
            self.activity.wrote_much();
        }
        // A client that never stops asking for frames that control the connection must not count as one that reads slowly.
        self.activity.wrote(written.is_pending() && has_answer);
        if self.activity.server().is_ending() && !self.activity.goes_away() && bufs.iter().any(|buf| goes_away(buf)) {
            self.activity.set_goes_away();
        }
        written
    }
}

/// Whether part of an answer is in it that the client needs time to read, and not only frames that control the connection.
fn has_answer(buf: &[u8]) -> bool {
    const PONG: &[u8] = &[0, 0, 8, 6, 1, 0, 0, 0, 0];
    /// A few frames, of which the first may be incomplete.
    const BEGIN: usize = 128;

    let begin = buf.get(..BEGIN).unwrap_or_default();
    buf.len() >= MUCH && !begin.windows(PONG.len()).any(|frame| frame == PONG)
}

/// Whether hyper's last GOAWAY is in it, which names the last stream. hyper sends it when the client has acknowledged the first,
/// which is for all streams. A frame is given to the socket in one piece, at least once.
#[cold]
fn goes_away(buf: &[u8]) -> bool {
    const GOAWAY: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0];
    const ALL_STREAMS: &[u8] = &[0x7f, 0xff, 0xff, 0xff];

    let frames = buf.windows(GOAWAY.len() + ALL_STREAMS.len());
    frames.filter_map(|frame| frame.strip_prefix(GOAWAY)).any(|last_stream| last_stream != ALL_STREAMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_are_no_answer() {
        let pongs = [&[0, 0, 8, 6, 1, 0, 0, 0, 0][..], &[7; 8]].concat().repeat(300);
        assert!(!has_answer(&pongs));
        assert!(!has_answer(&pongs[5..]));
        assert!(!has_answer(&[&[0, 0, 8, 6, 0, 0, 0, 0, 0][..], &[7; 25], &pongs].concat()));
        assert!(has_answer(&[b'x'; MUCH]));
        assert!(!has_answer(&[b'x'; 100]));
    }

    #[test]
    fn the_last_goaway_names_a_stream() {
        let goaway = |last: [u8; 4]| [&[0, 0, 8, 7, 0, 0, 0, 0, 0][..], &last, &[0; 4]].concat();
        let (first, last) = (goaway([0x7f, 0xff, 0xff, 0xff]), goaway([0, 0, 0, 3]));
        assert!(!goes_away(&first));
        assert!(goes_away(&last));
        assert!(goes_away(&[&[0; 100][..], &first, &last, &[1; 20]].concat()));
        assert!(!goes_away(b""));
        assert!(!goes_away(&last[..12]));
    }
}
