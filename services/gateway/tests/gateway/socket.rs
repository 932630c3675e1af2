//! A client of the WebSocket.

use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::sse::PATIENCE;
use super::stage::Stage;

/// An open socket.
pub(crate) struct Socket {
    inner: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What came.
#[derive(Debug)]
pub(crate) enum Received {
    Frame(Value),
    Closed(u16),
}

impl Socket {
    /// Opens a socket as Ada and waits until it is ready.
    pub(crate) async fn open(stage: &Stage) -> anyhow::Result<Self> {
        let mut socket = Self::open_with(stage, Some(stage.ada.token.expose()), None).await?;
        let ready = socket.frame().await?;
        assert_eq!(ready["type"], "ready", "{ready}");
        assert_eq!(ready["userId"], stage.ada.scope.user_id.to_string());
        Ok(socket)
    }

    pub(crate) async fn open_with(
        stage: &Stage,
        token: Option<&str>,
        origin: Option<&str>,
    ) -> Result<Self, tungstenite::Error> {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers = [("authorization", bearer.as_deref()), ("origin", origin)];
        Self::open_saying(stage, &headers).await
    }

    pub(crate) async fn open_saying(
        stage: &Stage,
        headers: &[(&'static str, Option<&str>)],
    ) -> Result<Self, tungstenite::Error> {
        let host = stage.host(0).unwrap_or_default();
        let mut request = format!("ws://{host}/chat").into_client_request()?;
        for (name, value) in headers {
            if let Some(value) = value {
                request.headers_mut().insert(*name, value.parse()?);
            }
        }
        let (inner, _) = connect_async(request).await?;
        Ok(Self { inner })
    }

    pub(crate) async fn send(&mut self, frame: &Value) -> anyhow::Result<()> {
        self.send_text(&frame.to_string()).await
    }

    pub(crate) async fn send_text(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.inner.send(Message::text(text)).await?)
    }

    pub(crate) async fn next(&mut self) -> anyhow::Result<Received> {
        loop {
            let message = timeout(PATIENCE, self.inner.next()).await?;
            match message.ok_or_else(|| anyhow::anyhow!("the socket was cut"))?? {
                Message::Text(text) => return Ok(Received::Frame(serde_json::from_str(&text)?)),
                Message::Close(frame) => {
                    return Ok(Received::Closed(frame.map_or(0, |frame| frame.code.into())));
                }
                _ => {}
            }
        }
    }

    /// The next frame, which must come.
    pub(crate) async fn frame(&mut self) -> anyhow::Result<Value> {
        match self.next().await? {
            Received::Frame(frame) => Ok(frame),
            Received::Closed(code) => anyhow::bail!("the socket closed with {code}"),
        }
    }

    /// Everything up to and with the first frame of this type.
    pub(crate) async fn until(&mut self, kind: &str) -> anyhow::Result<Vec<Value>> {
        let mut frames = Vec::new();
        loop {
            let frame = self.frame().await?;
            let found = frame["type"] == kind;
            frames.push(frame);
            if found {
                return Ok(frames);
            }
        }
    }

    /// The code with which it closes, whatever comes before.
    pub(crate) async fn closed(&mut self) -> anyhow::Result<u16> {
        loop {
            if let Received::Closed(code) = self.next().await? {
                return Ok(code);
            }
        }
    }
}
