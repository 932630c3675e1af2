//! A response body that never makes its reader wait longer than agreed.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use reqwest::Response;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{Deadlines, failure};
use crate::{LlmError, LlmErrorKind};

/// More than any answer holds; a server that sends without end must not fill the memory.
const STREAM_LIMIT: usize = 64 << 20;
/// Lists of models and error reports are small.
const DOCUMENT_LIMIT: usize = 8 << 20;

/// The bytes of a streamed answer.
pub(crate) struct BodyStream {
    bytes: BoxStream<'static, Result<Bytes, reqwest::Error>>,
    provider: String,
    deadlines: Deadlines,
    timer: Pin<Box<Sleep>>,
    /// Whether the timer runs for the read that is now pending.
    armed: bool,
    started: bool,
    received: usize,
}

impl BodyStream {
    pub(super) fn new(response: Response, provider: &str, deadlines: Deadlines) -> Self {
        Self {
            bytes: response.bytes_stream().boxed(),
            provider: provider.to_owned(),
            deadlines,
            timer: Box::pin(sleep_until(deadlines.first_byte)),
            armed: true,
            started: false,
            received: 0,
        }
    }

    fn arm(&mut self) {
        // Armed when a read begins, so that a reader that pauses does not count as a silent server.
        if !self.armed {
            let until = (Instant::now() + self.deadlines.idle).min(self.deadlines.total);
            self.timer.as_mut().reset(until);
            self.armed = true;
        }
    }

    fn timed_out(&self) -> LlmError {
        let message = if Instant::now() >= self.deadlines.total {
            "the answer took longer than a call may take"
        } else if self.started {
            "the answer stopped before it was complete"
        } else {
            "no answer came in time"
        };
        LlmError::new(LlmErrorKind::Timeout, &self.provider, message)
    }
}

impl Stream for BodyStream {
    type Item = Result<Bytes, LlmError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        match this.bytes.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(bytes))) => {
                this.started = true;
                this.armed = false;
                this.received += bytes.len();
                if this.received > STREAM_LIMIT {
                    let error = LlmError::new(
                        LlmErrorKind::Protocol,
                        &this.provider,
                        "the answer is larger than any answer may be",
                    );
                    return Poll::Ready(Some(Err(error)));
                }
                if Instant::now() >= this.deadlines.total {
                    return Poll::Ready(Some(Err(this.timed_out())));
                }
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Ready(Some(Err(error))) => {
                Poll::Ready(Some(Err(failure::transport(&this.provider, error))))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                this.arm();
                match this.timer.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(Some(Err(this.timed_out()))),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }
}

/// Reads a whole small document.
pub(super) async fn read_limited(
    response: Response,
    provider: &str,
    deadlines: Deadlines,
) -> Result<BytesMut, LlmError> {
    let mut stream = BodyStream::new(response, provider, deadlines);
    let mut whole = BytesMut::new();
    while let Some(bytes) = stream.try_next().await? {
        whole.extend_from_slice(&bytes);
        if whole.len() > DOCUMENT_LIMIT {
            whole.truncate(DOCUMENT_LIMIT);
            break;
        }
    }
    Ok(whole)
}
