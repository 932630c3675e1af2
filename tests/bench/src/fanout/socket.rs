//! A client of the WebSocket that holds little memory and comes from an address of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use futures::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use uuid::Uuid;

/// How long anything that is expected may take.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);
/// Clients behind one address; the gateway takes no more than 2,000 from one network.
const PER_ADDRESS: u32 = 1_500;

/// An open socket.
#[derive(Debug)]
pub(super) struct Socket(WebSocketStream<TcpStream>);

/// What is looked at in a frame.
#[derive(Debug, Deserialize)]
pub(super) struct Frame {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    data: Data,
}

#[derive(Debug, Default, Deserialize)]
struct Data {
    #[serde(default)]
    text: String,
}

impl Frame {
    /// The text of a piece of the answer.
    pub(super) fn text(&self) -> &str {
        if self.kind == "text.delta" {
            &self.data.text
        } else {
            ""
        }
    }
}

impl Socket {
    /// Opens the socket of this number with a token, and waits until the gateway knows whose it is.
    pub(super) async fn open(
        gateway: SocketAddr,
        number: u32,
        token: &str,
    ) -> anyhow::Result<Self> {
        let opening = Self::connect(gateway, number, token);
        let mut socket = timeout(PATIENCE, opening).await??;
        let first = timeout(PATIENCE, socket.frame()).await??;
        anyhow::ensure!(first.kind == "ready", "the gateway says {first:?}");
        Ok(socket)
    }

    async fn connect(gateway: SocketAddr, number: u32, token: &str) -> anyhow::Result<Self> {
        let tcp = TcpSocket::new_v4()?;
        let host = u8::try_from(2 + number / PER_ADDRESS)?;
        let own = IpAddr::from(Ipv4Addr::new(127, 0, 0, host));
        tcp.bind(SocketAddr::new(own, 0))?;
        let stream = tcp.connect(gateway).await?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{gateway}/chat").into_client_request()?;
        let bearer = format!("Bearer {token}").parse()?;
        request.headers_mut().insert("authorization", bearer);
        let config = WebSocketConfig::default()
            .read_buffer_size(4 << 10)
            .write_buffer_size(0)
            .max_write_buffer_size(64 << 10);
        let (socket, _) = client_async_with_config(request, stream, Some(config)).await?;
        Ok(Self(socket))
    }

    /// Says something.
    pub(super) async fn say(&mut self, frame: &serde_json::Value) -> anyhow::Result<()> {
        Ok(self.0.send(Message::text(frame.to_string())).await?)
    }

    /// Watches a conversation.
    pub(super) async fn watch(&mut self, conversation: Uuid) -> anyhow::Result<()> {
        let watch = serde_json::json!({"type": "watch", "conversationId": conversation});
        self.say(&watch).await
    }

    /// The next frame; pings are answered meanwhile.
    pub(super) async fn frame(&mut self) -> anyhow::Result<Frame> {
        loop {
            let message = self.0.next().await.context("the socket was cut")??;
            match message {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(frame) => anyhow::bail!("the gateway closes: {frame:?}"),
                _ => {}
            }
        }
    }
}
