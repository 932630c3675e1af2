//! An HTTP client that costs little, because it shares the cores with what it measures: one kept-alive connection, one
//! request at a time.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;

use anyhow::Context as _;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, SET_COOKIE};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// One connection to one server.
#[derive(Debug)]
pub(crate) struct Client {
    server: SocketAddr,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    sender: SendRequest<String>,
    /// Drives the connection; ends with it.
    _driver: JoinSet<()>,
}

impl Client {
    /// A client that connects when it is first used.
    pub(crate) const fn new(server: SocketAddr) -> Self {
        Self { server, open: None }
    }

    /// Posts JSON as the owner of a token.
    pub(crate) async fn post(
        &mut self,
        path: &str,
        token: &str,
        json: String,
    ) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, token, json).await
    }

    /// Gets something as the owner of a token.
    pub(crate) async fn get(&mut self, path: &str, token: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, token, String::new()).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        token: &str,
        body: String,
    ) -> anyhow::Result<Answer> {
        let bearer = format!("Bearer {token}");
        self.ask(method, path, &[(AUTHORIZATION, &bearer)], body)
            .await
    }

    /// Sends JSON, or nothing, with these headers.
    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, &str)],
        body: String,
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.server.to_string())
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let request = request.body(body)?;
        let response = self.sender().await?.send_request(request).await?;
        Ok(Answer {
            status: response.status(),
            cookie: response.headers().get(SET_COOKIE).cloned(),
            body: response.into_body(),
        })
    }

    /// The connection, opened anew if the server has closed it.
    async fn sender(&mut self) -> anyhow::Result<&mut SendRequest<String>> {
        if let Some(open) = &mut self.open
            && open.sender.ready().await.is_err()
        {
            self.open = None;
        }
        if self.open.is_none() {
            self.open = Some(Open::connect(self.server).await?);
        }
        let open = self.open.as_mut().context("there is no connection")?;
        Ok(&mut open.sender)
    }
}

impl Open {
    async fn connect(server: SocketAddr) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(server).await?;
        socket.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(socket)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // That it broke shows in the request that was under way.
            drop(connection.await);
        });
        Ok(Self {
            sender,
            _driver: driver,
        })
    }
}

/// An answer whose body is still to be read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// What it has a browser keep.
    pub(crate) cookie: Option<HeaderValue>,
    body: Incoming,
}

impl Answer {
    /// The next piece of the body; `None` after the last.
    pub(crate) async fn piece(&mut self) -> anyhow::Result<Option<Bytes>> {
        loop {
            let Some(frame) = poll_fn(|context| Pin::new(&mut self.body).poll_frame(context)).await
            else {
                return Ok(None);
            };
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
    }

    /// The whole body.
    pub(crate) async fn whole(mut self) -> anyhow::Result<Vec<u8>> {
        let mut whole = Vec::new();
        while let Some(piece) = self.piece().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }
}
