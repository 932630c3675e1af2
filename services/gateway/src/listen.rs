//! The public port: accepts connections, bounds how many there are and how long one may say nothing.

use std::convert::Infallible;
use std::io::{Error, ErrorKind};
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::util::MapRequest;
use tower::{Service, ServiceExt as _};

use self::activity::Activity;
use self::stream::Counted;
use crate::extract::Peer;
use crate::places::{Place, Places};

mod activity;
mod stream;

/// Connections at once, whoever they are from.
const MOST: usize = 20_000;
/// Connections at once from one network; a proxy in front has one address for everybody.
const MOST_PER_NETWORK: usize = 2_000;
/// How long the head of a request may take to arrive, and a connection may wait for its next one.
const HEAD: Duration = Duration::from_secs(10);
/// How often a silent HTTP/2 connection is asked whether it is still there, and how long it may take to answer.
const ALIVE: Duration = Duration::from_secs(20);

/// How long an answer may wait for its client to take more of it.
const STUCK: Duration = Duration::from_secs(30);
/// How long a connection without a request is kept; HTTP/1 closes it earlier.
const IDLE: Duration = Duration::from_mins(1);
/// Requests at once on one HTTP/2 connection, streams that are watched among them.
const STREAMS: u32 = 64;
/// What the requests of one HTTP/2 connection may have sent without our having read it, and one of them.
const UNREAD: (u32, u32) = (256 << 10, 64 << 10);
/// What one answer of HTTP/2 may have waiting to be sent.
const UNSENT: usize = 64 << 10;

/// A request as it comes in.
type Arrived = http::Request<Incoming>;

/// Serves connections until the soft token is cancelled, and then those that are open until they have finished what they
/// do or the hard token is cancelled.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    soft: CancellationToken,
    hard: CancellationToken,
) {
    let (places, open) = (Places::new(MOST, MOST_PER_NETWORK), TaskTracker::new());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = soft.cancelled() => break,
            () = hard.cancelled() => break,
        };
        match accepted {
            Ok((stream, address)) => {
                let peer = address.ip().to_canonical();
                if let Some(place) = places.take(peer) {
                    let router = from_peer(router.clone(), Peer(peer));
                    let connection = connection(stream, place, router, soft.clone());
                    open.spawn(hard.clone().run_until_cancelled_owned(connection));
                } else {
                    tracing::debug!(%address, "a connection was refused: there are too many");
                }
            }
            Err(error) => weather(&error).await,
        }
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// Waits when accepting fails for want of file handles or memory; a client that went away is no reason to wait.
async fn weather(error: &Error) {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        return;
    }
    tracing::error!(%error, "connections cannot be accepted");
    tokio::time::sleep(Duration::from_secs(1)).await;
}

/// The router for requests of this address, which each of them carries.
fn from_peer(
    router: Router,
    peer: Peer,
) -> MapRequest<Router, impl FnMut(Arrived) -> Arrived + Clone> {
    router.map_request(move |mut request: Arrived| {
        request.extensions_mut().insert(peer);
        request
    })
}

/// Notes each request, from its head to the end of its answer.
fn noted<S>(
    router: S,
    activity: Activity,
) -> impl Service<Arrived, Response = Response, Error = Infallible, Future: Send> + Clone + Send
where
    S: Service<Arrived, Response = Response, Error = Infallible> + Clone + Send,
    S::Future: Send,
{
    tower::service_fn(move |request: Arrived| {
        let (open, answer) = (activity.begin(), router.clone().oneshot(request));
        async move {
            let answer = answer.await?;
            Ok(answer.map(|body| activity::until_sent(body, open)))
        }
    })
}

async fn connection<S>(stream: TcpStream, place: Place, router: S, soft: CancellationToken)
where
    S: Service<Arrived, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    // Without it events wait for each other; a socket that refuses is about to close anyway.
    let _ = stream.set_nodelay(true);
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(ALIVE)
        .keep_alive_timeout(HEAD)
        .max_concurrent_streams(STREAMS)
        .initial_connection_window_size(UNREAD.0)
        .initial_stream_window_size(UNREAD.1)
        .max_send_buf_size(UNSENT)
        // WebSockets over HTTP/2 begin with CONNECT.
        .enable_connect_protocol();
    let stream = TokioIo::new(Counted::new(stream, place, HEAD, STUCK));
    let activity = Activity::new();
    let service = TowerToHyperService::new(noted(router, activity.clone()));
    let mut served = std::pin::pin!(builder.serve_connection_with_upgrades(stream, service));
    let result = tokio::select! {
        result = served.as_mut() => result,
        () = async { tokio::select! { () = soft.cancelled() => (), () = activity.none_for(IDLE) => () } } => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = result {
        tracing::trace!(error, "a connection ended early");
    }
}
