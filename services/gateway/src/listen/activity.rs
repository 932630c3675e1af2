//! When a connection last did something for its client. HTTP/2 knows no such time: who answers pings stays for ever.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

/// The requests of one connection. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Activity(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    open: usize,
    last: Instant,
}

/// A request that has not been answered to the end.
#[derive(Debug)]
pub(super) struct Open(Activity);

impl Activity {
    /// A connection that has just come.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            open: 0,
            last: Instant::now(),
        })))
    }

    /// A request has come.
    pub(super) fn begin(&self) -> Open {
        self.change(|open| open + 1);
        Open(self.clone())
    }

    /// Waits until there was no request for this long.
    pub(super) async fn none_for(&self, patience: Duration) {
        loop {
            let idle_since = self.idle_since();
            let now = Instant::now();
            match idle_since {
                Some(last) if last + patience <= now => return,
                Some(last) => sleep_until(last + patience).await,
                None => sleep_until(now + patience).await,
            }
        }
    }

    fn idle_since(&self) -> Option<Instant> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (state.open == 0).then_some(state.last)
    }

    fn change(&self, open: impl FnOnce(usize) -> usize) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.open = open(state.open);
        state.last = Instant::now();
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.change(|open| open.saturating_sub(1));
    }
}

/// The body of an answer, which ends the request when it was sent or given up.
pub(super) fn until_sent(body: Body, open: Open) -> Body {
    Body::new(Sent { body, _open: open })
}

struct Sent {
    body: Body,
    _open: Open,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_connection_is_idle_after_the_end_of_its_last_request_only() {
        let patience = Duration::from_millis(50);
        let activity = Activity::new();
        let open = activity.begin();
        let idle = activity.none_for(patience);
        let still = timeout(patience * 4, idle).await;
        assert!(still.is_err());
        drop(until_sent(Body::empty(), open));
        let ended = Instant::now();
        activity.none_for(patience).await;
        assert!(ended.elapsed() >= patience, "{:?}", ended.elapsed());
    }
}
