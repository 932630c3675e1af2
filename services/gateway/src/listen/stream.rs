//! A connection that holds its place for as long as it is open, as a WebSocket too.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::Place;

/// The length of what an HTTP/2 connection begins with. While fewer bytes are there, the server may still wonder which
/// version it is, and no timeout of either version runs.
const PREFACE: usize = 24;

/// A socket with its place.
pub(super) struct Counted {
    stream: TcpStream,
    /// Until when the opening must have arrived; none once it has.
    opening: Option<Pin<Box<Sleep>>>,
    read: usize,
    _place: Place,
}

impl Counted {
    /// A socket whose first bytes must arrive within this time.
    pub(super) fn new(stream: TcpStream, place: Place, patience: Duration) -> Self {
        Self {
            stream,
            opening: Some(Box::pin(sleep(patience))),
            read: 0,
            _place: place,
        }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Some(opening) = &mut self.opening {
            if polled.is_pending() && opening.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(Error::from(ErrorKind::TimedOut)));
            }
            self.read += buf.filled().len() - before;
            if self.read >= PREFACE {
                self.opening = None;
            }
        }
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<Result<usize>> {
        // Who is answered has asked.
        self.opening = None;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.opening = None;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
