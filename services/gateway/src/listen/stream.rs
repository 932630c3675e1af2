//! A connection that holds its place for as long as it is open, as a WebSocket too.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::places::Place;

/// The length of what an HTTP/2 connection begins with. While fewer bytes are there, the server may still wonder which
/// version it is, and no timeout of either version runs.
const PREFACE: usize = 24;

/// A socket with its place.
pub(super) struct Counted {
    stream: TcpStream,
    /// Until when the opening must have arrived; none once it has.
    opening: Option<Pin<Box<Sleep>>>,
    read: usize,
    /// How long a write may wait, and until when the present one may.
    patience: Duration,
    stuck: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Counted {
    /// A socket whose first bytes must arrive within one time, and whose client must take some of what waits for it within
    /// the other.
    pub(super) fn new(
        stream: TcpStream,
        place: Place,
        opening: Duration,
        patience: Duration,
    ) -> Self {
        Self {
            stream,
            opening: Some(Box::pin(sleep(opening))),
            read: 0,
            patience,
            stuck: None,
            _place: place,
        }
    }

    /// What a write came to; an error if it has been waiting for too long.
    fn written(
        &mut self,
        polled: Poll<Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<usize>> {
        // Who is answered has asked.
        self.opening = None;
        if polled.is_ready() {
            self.stuck = None;
            return polled;
        }
        let patience = self.patience;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(patience)));
        stuck
            .as_mut()
            .poll(cx)
            .map(|()| Err(Error::from(ErrorKind::TimedOut)))
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
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.written(polled, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.written(polled, cx)
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

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;
    use crate::places::Places;

    #[tokio::test]
    async fn an_answer_that_nobody_reads_is_given_up() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        let (client, place) = (client.unwrap(), Places::new(1, 1));
        let place = place.take(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
        let patience = Duration::from_millis(300);
        let mut served = Counted::new(accepted.unwrap().0, place, patience, patience);
        let data = vec![0; 1 << 20];
        let failed = async {
            loop {
                if let Err(error) = served.write_all(&data).await {
                    return error.kind();
                }
            }
        };
        let began = tokio::time::Instant::now();
        assert_eq!(failed.await, ErrorKind::TimedOut);
        assert!(began.elapsed() >= patience);
        drop(client);
    }
}
