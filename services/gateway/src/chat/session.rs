//! One open socket.

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures::SinkExt as _;
use futures::future::BoxFuture;
use mosaic_domain::ConversationId;
use mosaic_error::{ErrorCode, Problem};
use mosaic_identity::Action;
use mosaic_runtime::VERSION;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};

use super::greeting::await_identity;
use super::watches::{Seen, Watches};
use crate::error::ApiError;
use crate::extract::Identity;
use crate::metrics::OpenStream;
use crate::places::Place;
use crate::state::Gateway;
use crate::stream_limit::StreamPermit;
use crate::wire::chat::ServerFrame;

/// A client that does not take a frame for this long is given up on.
const STUCK: Duration = Duration::from_secs(30);
/// Frames that are ready are sent together up to this number.
const GATHERED: usize = 64;
/// A client that has not even answered a ping for this many heartbeats is gone.
const SILENT_BEATS: u32 = 3;
const KIND: &str = "websocket";

/// Who opens a socket.
pub(crate) enum Opener {
    /// A caller whose token came with the request.
    Known(Identity),
    /// Somebody who has yet to say who they are, and the place they take until then.
    Stranger(Place),
}

/// One caller's socket.
pub(crate) struct Session {
    pub(super) gateway: Gateway,
    pub(super) identity: Identity,
    /// Where it was opened from.
    pub(super) address: IpAddr,
    pub(super) watches: Watches,
    socket: WebSocket,
    heard: Instant,
    _permit: StreamPermit,
    _open: OpenStream,
}

/// Why a socket closes.
pub(super) enum End {
    /// The client closed it or is gone.
    Left,
    /// It is closed with this word.
    Close(u16, &'static str),
}

pub(super) type Step = Result<(), End>;

impl Session {
    /// Serves a socket that was opened from this address until either side closes it.
    pub(crate) async fn run(
        gateway: Gateway,
        mut socket: WebSocket,
        opener: Opener,
        address: IpAddr,
    ) {
        let identity = match opener {
            Opener::Known(identity) => identity,
            Opener::Stranger(place) => {
                let identity = await_identity(&gateway, &mut socket).await;
                drop(place);
                match identity {
                    Ok(Some(identity)) => identity,
                    Ok(None) => return,
                    Err(error) => return dismiss(socket, error).await,
                }
            }
        };
        let permit = match gateway.stream_permit(&identity) {
            Ok(permit) => permit,
            Err(error) => return dismiss(socket, error).await,
        };
        let session = Self {
            _open: gateway.metrics.open_stream(KIND),
            _permit: permit,
            heard: Instant::now(),
            watches: Watches::default(),
            gateway,
            identity,
            address,
            socket,
        };
        session.serve().await;
    }

    async fn serve(mut self) {
        let mut heartbeat = interval(self.gateway.limits.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        let refused = self.gateway.refused_later(&self.identity, Action::Read);
        let end = match self.greet().await {
            Ok(()) => self.converse(heartbeat, refused).await,
            Err(end) => end,
        };
        if let End::Close(code, reason) = end {
            close(&mut self.socket, code, reason).await;
        }
    }

    async fn greet(&mut self) -> Step {
        let scope = self.identity.caller.scope;
        self.send(&ServerFrame::Ready {
            user_id: scope.user_id.uuid(),
            workspace_id: scope.workspace_id.uuid(),
            version: VERSION,
        })
        .await
    }

    async fn converse(
        &mut self,
        mut heartbeat: Interval,
        mut refused: BoxFuture<'static, ApiError>,
    ) -> End {
        let soft = self.gateway.life.soft().clone();
        loop {
            let step = tokio::select! {
                biased;
                () = soft.cancelled() => Err(End::Close(close_code::AWAY, "the gateway stops; connect again")),
                error = &mut refused => self.expel(error).await,
                received = self.socket.recv() => self.receive(received).await,
                seen = self.watches.next() => self.show(seen).await,
                _ = heartbeat.tick() => self.beat().await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn receive(&mut self, received: Option<Result<Message, axum::Error>>) -> Step {
        self.heard = Instant::now();
        match received {
            // Apart, because an idle socket would else hold the room that the largest command needs.
            Some(Ok(Message::Text(text))) => Box::pin(self.obey(&text)).await,
            Some(Ok(Message::Binary(_))) => {
                let detail = "Binary frames are not read here.";
                let problem = Problem::new(ErrorCode::UnsupportedMediaType, detail)
                    .with_remedy("Send JSON in text frames.");
                self.send(&error_frame(None, problem)).await
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Err(error)) if is_oversize(&error) => {
                let most = self.gateway.limits.max_body_bytes;
                let detail = format!("A frame is larger than {most} bytes.");
                let problem = Problem::new(ErrorCode::PayloadTooLarge, detail);
                self.send(&error_frame(None, problem)).await?;
                Err(End::Close(close_code::SIZE, "a frame is too large"))
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Left),
        }
    }

    /// Sends an event, and with it whatever else is ready.
    async fn show(&mut self, first: (ConversationId, Seen)) -> Step {
        let (mut next, mut count) = (Some(first), 0_usize);
        while let Some((conversation, seen)) = next {
            count += 1;
            match seen {
                Seen::Frame(frame) => self.feed(text(frame.json())).await?,
                Seen::Gone => {
                    let conversation_id = conversation.uuid();
                    self.feed(encode(&ServerFrame::Closed { conversation_id }))
                        .await?;
                }
                Seen::Failed(error) => {
                    let error = ApiError::from(error);
                    let cause = error.cause.unwrap_or_default();
                    tracing::error!(%conversation, %cause, "a watch ends because what it shows cannot be read");
                    self.feed(encode(&error_frame(None, error.problem))).await?;
                }
            }
            next = if count < GATHERED {
                self.watches.try_next()
            } else {
                None
            };
        }
        self.gateway.metrics.frames(KIND, count as u64);
        self.within(async |socket| socket.flush().await).await
    }

    async fn beat(&mut self) -> Step {
        if self.heard.elapsed() > self.gateway.limits.heartbeat * SILENT_BEATS {
            return Err(End::Left);
        }
        self.within(async |socket| socket.send(Message::Ping(bytes::Bytes::new())).await)
            .await
    }

    async fn expel(&mut self, error: ApiError) -> Step {
        self.send(&error_frame(None, error.problem)).await?;
        Err(End::Close(
            close_code::POLICY,
            "the token is no longer valid",
        ))
    }

    /// Says something.
    pub(super) async fn send(&mut self, frame: &ServerFrame) -> Step {
        let text = encode(frame);
        self.within(async |socket| socket.send(Message::Text(text)).await)
            .await
    }

    async fn feed(&mut self, text: Utf8Bytes) -> Step {
        self.within(async |socket| socket.feed(Message::Text(text)).await)
            .await
    }

    /// Does something with the socket unless its client is stuck.
    async fn within(
        &mut self,
        work: impl AsyncFnOnce(&mut WebSocket) -> Result<(), axum::Error>,
    ) -> Step {
        match timeout(STUCK, work(&mut self.socket)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Left),
        }
    }
}

/// A problem as a frame.
pub(super) fn error_frame(r#ref: Option<String>, problem: impl Into<Box<Problem>>) -> ServerFrame {
    ServerFrame::Error {
        r#ref,
        problem: problem.into(),
    }
}

fn encode(frame: &ServerFrame) -> Utf8Bytes {
    // Strings, numbers and ids always encode.
    serde_json::to_string(frame).unwrap_or_default().into()
}

/// Whether the client's frame was larger than allowed; the type of the error is not within reach.
fn is_oversize(error: &axum::Error) -> bool {
    error.to_string().contains("too long")
}

/// Tells why the socket cannot be used and closes it.
async fn dismiss(mut socket: WebSocket, error: ApiError) {
    let text = encode(&error_frame(None, error.problem));
    let told = timeout(STUCK, socket.send(Message::Text(text))).await;
    if matches!(told, Ok(Ok(()))) {
        close(&mut socket, close_code::POLICY, "see the frame before").await;
    }
}

/// Says goodbye and waits a moment for the answer, so that the last frames arrive.
async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    const FAREWELL: Duration = Duration::from_secs(1);
    let frame = CloseFrame {
        code,
        reason: Utf8Bytes::from_static(reason),
    };
    let goodbye = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    // Who does not answer is gone, which is what was wanted.
    let _ = timeout(FAREWELL, goodbye).await;
}

/// A rendered event as the text of a frame. JSON is always UTF-8; an empty object costs less than a panic where that fails.
fn text(json: bytes::Bytes) -> Utf8Bytes {
    Utf8Bytes::try_from(json).unwrap_or_else(|_| Utf8Bytes::from_static("{}"))
}
