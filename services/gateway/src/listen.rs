//! The public port: accepts connections, bounds how many there are and how long one may say nothing.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

use self::stream::Counted;
use crate::extract::Peer;

mod stream;

/// Connections at once, whoever they are from.
const MOST: usize = 20_000;
/// Connections at once from one address; a proxy in front has one address for everybody.
const MOST_PER_ADDRESS: usize = 2_000;
/// How long the head of a request may take to arrive, and a connection may wait for its next one.
const HEAD: Duration = Duration::from_secs(10);
/// How often a silent HTTP/2 connection is asked whether it is still there, and how long it may take to answer.
const ALIVE: Duration = Duration::from_secs(20);

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
    let (places, open) = (Places::default(), TaskTracker::new());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = soft.cancelled() => break,
            () = hard.cancelled() => break,
        };
        match accepted {
            Ok((stream, address)) => {
                if let Some(place) = places.take(address) {
                    let router = from_peer(router.clone(), Peer(place.address));
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
        // WebSockets over HTTP/2 begin with CONNECT.
        .enable_connect_protocol();
    let stream = TokioIo::new(Counted::new(stream, place, HEAD));
    let service = TowerToHyperService::new(router);
    let mut served = std::pin::pin!(builder.serve_connection_with_upgrades(stream, service));
    let result = tokio::select! {
        result = served.as_mut() => result,
        () = soft.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = result {
        tracing::trace!(error, "a connection ended early");
    }
}

/// Counts the open connections of each address. Cheap to clone.
#[derive(Debug, Clone, Default)]
struct Places(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The right to have one connection open; ends with it.
#[derive(Debug)]
struct Place {
    places: Places,
    address: IpAddr,
}

impl Places {
    fn take(&self, address: SocketAddr) -> Option<Place> {
        let address = address.ip().to_canonical();
        let mut taken = self.lock();
        let count = taken.by_address.get(&address).copied().unwrap_or_default();
        if taken.all >= MOST || count >= MOST_PER_ADDRESS {
            return None;
        }
        taken.all += 1;
        taken.by_address.insert(address, count + 1);
        Some(Place {
            places: self.clone(),
            address,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing between the statements can panic, so counts are whole whatever happens elsewhere.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all = taken.all.saturating_sub(1);
        if let Some(count) = taken.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_place_and_gives_its_own_back() {
        let places = Places::default();
        let (one, other) = (
            SocketAddr::from(([10, 0, 0, 1], 1)),
            SocketAddr::from(([10, 0, 0, 2], 1)),
        );
        let mut held: Vec<_> = (0..MOST_PER_ADDRESS)
            .map(|_| places.take(one).unwrap())
            .collect();
        assert!(places.take(one).is_none());
        assert!(places.take(other).is_some());
        held.pop();
        assert!(places.take(one).is_some());
        held.clear();
        assert!(places.lock().by_address.is_empty());
        assert_eq!(places.lock().all, 0);
    }
}
