//! One stream of server-sent events: what is watched, signs of life, and the reasons to end.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use mosaic_domain::WorkspaceId;
use mosaic_identity::Action;
use mosaic_proto::envelope::Envelope;
use mosaic_watch::{ConversationWatch, RunWatch};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::cloud_event;
use crate::error::{ApiError, ApiResult};
use crate::extract::Identity;
use crate::metrics::OpenStream;
use crate::state::Gateway;
use crate::stream_limit::StreamPermit;

/// Sent first: when to reconnect.
const OPENING: Bytes = Bytes::from_static(b"retry: 1000\n\n");
/// A sign of life.
const PING: Bytes = Bytes::from_static(b": ping\n\n");
/// What is ready is sent together up to this size.
const GATHERED: usize = 16 << 10;
const KIND: &str = "sse";

/// A stream to be opened.
pub(crate) struct Sse {
    gateway: Gateway,
    identity: Identity,
    permit: StreamPermit,
}

/// What is sent.
enum Source {
    Run(RunWatch),
    Conversation(ConversationWatch),
    Events(BoxStream<'static, Envelope>, WorkspaceId),
}

struct Open {
    gateway: Gateway,
    source: Source,
    heartbeat: Interval,
    refused: BoxFuture<'static, ApiError>,
    begun: bool,
    ended: bool,
    _counted: OpenStream,
    _permit: StreamPermit,
}

impl Sse {
    /// A stream for this caller.
    #[must_use]
    pub(crate) fn new(gateway: &Gateway, identity: Identity, permit: StreamPermit) -> Self {
        Self {
            gateway: gateway.clone(),
            identity,
            permit,
        }
    }

    /// Sends a run's events and ends with it.
    pub(crate) fn run(self, watch: RunWatch) -> Response {
        self.open(Source::Run(watch))
    }

    /// Sends a conversation's events.
    pub(crate) fn conversation(self, watch: ConversationWatch) -> Response {
        self.open(Source::Conversation(watch))
    }

    /// Sends what happens in the caller's workspace.
    pub(crate) fn events(self, tail: BoxStream<'static, Envelope>) -> Response {
        let workspace = self.identity.caller.scope.workspace_id;
        self.open(Source::Events(tail, workspace))
    }

    fn open(self, source: Source) -> Response {
        let mut heartbeat = interval(self.gateway.limits.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        let open = Open {
            refused: self.gateway.refused_later(&self.identity, source.action()),
            _counted: self.gateway.metrics.open_stream(KIND),
            _permit: self.permit,
            gateway: self.gateway,
            source,
            heartbeat,
            begun: false,
            ended: false,
        };
        let chunks = stream::unfold(open, Open::chunk);
        let headers = [
            (CONTENT_TYPE, "text/event-stream"),
            (CACHE_CONTROL, "no-store"),
            // Proxies that gather responses would hold events back.
            (http::HeaderName::from_static("x-accel-buffering"), "no"),
        ];
        let body = Body::from_stream(chunks.map(Ok::<_, std::convert::Infallible>));
        (headers, body).into_response()
    }
}

impl Open {
    /// The next piece of the body. What is watched is only asked while the client reads, so a slow one holds nobody up.
    async fn chunk(mut self) -> Option<(Bytes, Self)> {
        if !self.begun {
            self.begun = true;
            return Some((OPENING, self));
        }
        if self.ended {
            return None;
        }
        let soft = self.gateway.life.soft().clone();
        let next = tokio::select! {
            biased;
            () = soft.cancelled() => return None,
            error = &mut self.refused => {
                self.ended = true;
                return Some((last_word(&error), self));
            }
            next = self.source.next() => next,
            _ = self.heartbeat.tick() => return Some((PING, self)),
        };
        let first = match next {
            Ok(first) => first?,
            Err(error) => {
                let cause = error.cause.unwrap_or_default();
                tracing::error!(%cause, "a stream ends because what it shows cannot be read");
                return None;
            }
        };
        self.heartbeat.reset();
        let (bytes, count) = self.source.gather(first);
        self.gateway.metrics.frames(KIND, count);
        Some((bytes, self))
    }
}

/// Why the stream ends for this caller: the only event without an id.
fn last_word(error: &ApiError) -> Bytes {
    // Strings and numbers always encode.
    let problem = serde_json::to_string(&error.problem).unwrap_or_default();
    Bytes::from(format!("event: problem\ndata: {problem}\n\n"))
}

impl Source {
    /// What watching it takes, for as long as it is watched.
    const fn action(&self) -> Action {
        match self {
            Self::Run(_) | Self::Conversation(_) => Action::Read,
            Self::Events(..) => Action::Operate,
        }
    }

    async fn next(&mut self) -> ApiResult<Option<Bytes>> {
        Ok(match self {
            Self::Run(watch) => watch.next().await?.map(|frame| frame.sse()),
            Self::Conversation(watch) => watch.next().await?.map(|frame| frame.sse()),
            Self::Events(tail, workspace) => loop {
                let Some(event) = tail.next().await else {
                    break None;
                };
                if event.workspace_id == *workspace
                    && let Some(message) = cloud_event::message(event)
                {
                    break Some(message);
                }
            },
        })
    }

    fn try_next(&mut self) -> Option<Bytes> {
        match self {
            Self::Run(watch) => watch.try_next().map(|frame| frame.sse()),
            Self::Conversation(watch) => watch.try_next().map(|frame| frame.sse()),
            Self::Events(..) => None,
        }
    }

    /// Adds what is ready to what came first, and counts it.
    fn gather(&mut self, first: Bytes) -> (Bytes, u64) {
        let Some(second) = self.try_next() else {
            return (first, 1);
        };
        let mut together = BytesMut::from(&first[..]);
        together.extend_from_slice(&second);
        let mut count = 2;
        while together.len() < GATHERED
            && let Some(more) = self.try_next()
        {
            together.extend_from_slice(&more);
            count += 1;
        }
        (together.freeze(), count)
    }
}
