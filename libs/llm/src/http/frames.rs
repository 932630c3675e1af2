//! From bytes to the provider's frames, and from frames to completion events.

use std::collections::VecDeque;

use bytes::BytesMut;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt, TryStreamExt};
use sse_stream::SseStream;

use super::BodyStream;
use crate::{CompletionEvent, CompletionStream, LlmError, LlmErrorKind};

/// A provider's frames, as JSON text, in order.
type Frames = BoxStream<'static, Result<String, LlmError>>;

/// Events decoded from one frame, oldest first.
pub(crate) type Decoded = Vec<CompletionEvent>;

/// The part of an adapter that understands frames.
pub(crate) trait Decode: Send + 'static {
    /// Takes in one frame.
    fn frame(&mut self, data: &str) -> Result<Decoded, LlmError>;

    /// Whether the terminal marker came; what follows is of no interest.
    fn is_complete(&self) -> bool;

    /// Called once at the end of the body, or as soon as it is complete: the last events with `Done`, or an error
    /// when the answer was cut.
    fn finish(&mut self) -> Result<Decoded, LlmError>;
}

/// Server-sent events; frames without data (comments, bare events) are dropped.
pub(crate) fn server_sent_events(body: BodyStream, provider: &str) -> Frames {
    let provider = provider.to_owned();
    SseStream::from_bytes_stream(body)
        .map_err(move |error| match error {
            sse_stream::Error::Body(cause) => match cause.downcast::<LlmError>() {
                Ok(error) => *error,
                Err(cause) => LlmError::new(LlmErrorKind::Network, &provider, cause.to_string()),
            },
            other => LlmError::new(
                LlmErrorKind::Protocol,
                &provider,
                format!("the answer is not an event stream: {other}"),
            ),
        })
        .try_filter_map(|event| async move { Ok(event.data) })
        .boxed()
}

/// One JSON document per line; empty lines are dropped.
pub(crate) fn lines(body: BodyStream, provider: &str) -> Frames {
    let state = Lines {
        body,
        buffer: BytesMut::new(),
        provider: provider.to_owned(),
        ended: false,
    };
    stream::try_unfold(state, |mut state| async move {
        Ok(state.next().await?.map(|line| (line, state)))
    })
    .boxed()
}

struct Lines {
    body: BodyStream,
    buffer: BytesMut,
    provider: String,
    ended: bool,
}

impl Lines {
    async fn next(&mut self) -> Result<Option<String>, LlmError> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(end + 1);
                if let Some(text) = self.text(&line)? {
                    return Ok(Some(text));
                }
            } else if self.ended {
                let rest = self.buffer.split();
                return self.text(&rest);
            } else {
                match self.body.try_next().await? {
                    Some(bytes) => self.buffer.extend_from_slice(&bytes),
                    None => self.ended = true,
                }
            }
        }
    }

    fn text(&self, line: &[u8]) -> Result<Option<String>, LlmError> {
        let text = std::str::from_utf8(line).map_err(|_| {
            LlmError::new(
                LlmErrorKind::Protocol,
                &self.provider,
                "the answer is not UTF-8",
            )
        })?;
        let text = text.trim();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }
}

/// Runs a decoder over frames. The stream holds the HTTP response: dropping it closes the request.
pub(crate) fn completion_stream(
    frames: impl Stream<Item = Result<String, LlmError>> + Send + Unpin + 'static,
    decoder: impl Decode,
) -> CompletionStream {
    let state = Reading {
        frames,
        decoder,
        ready: VecDeque::new(),
        ended: false,
    };
    stream::unfold(state, |mut state| async move {
        let item = state.next().await?;
        Some((item, state))
    })
    .boxed()
}

struct Reading<F, D> {
    frames: F,
    decoder: D,
    ready: VecDeque<CompletionEvent>,
    ended: bool,
}

impl<F, D> Reading<F, D>
where
    F: Stream<Item = Result<String, LlmError>> + Send + Unpin,
    D: Decode,
{
    async fn next(&mut self) -> Option<Result<CompletionEvent, LlmError>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            if self.ended {
                return None;
            }
            match self.advance().await {
                Ok(events) => self.ready.extend(events),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }

    async fn advance(&mut self) -> Result<Decoded, LlmError> {
        let Some(frame) = self.frames.next().await else {
            self.ended = true;
            return self.decoder.finish();
        };
        let mut events = self.decoder.frame(&frame?)?;
        if self.decoder.is_complete() {
            self.ended = true;
            events.extend(self.decoder.finish()?);
            super::drain(&mut self.frames).await;
        }
        Ok(events)
    }
}
