//! Plays a rendered turn: delays, errors, silence, cut connections.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::stream;
use tokio_util::sync::CancellationToken;

use super::protocol::{Protocol, Rendered};
use super::record::{Ending, Outcome};
use super::script::Turn;

/// What was sent before a cut must reach the client first.
const FLUSH: Duration = Duration::from_millis(20);

#[derive(Debug)]
enum Act {
    Send(Bytes),
    Wait(Duration),
    Hang,
    /// An error of the body makes the server close the socket without an end.
    Cut,
}

struct Player {
    acts: VecDeque<Act>,
    ending: Option<Ending>,
    stopping: CancellationToken,
}

pub(super) fn stream(
    protocol: Protocol,
    turn: &Turn,
    rendered: Rendered,
    ending: Ending,
    stopping: CancellationToken,
) -> Response {
    let acts = acts(protocol, turn, rendered);
    let player = Player {
        acts,
        ending: Some(ending),
        stopping,
    };
    let body = stream::unfold(player, |mut player| async move {
        let item = player.next().await?;
        Some((item, player))
    });
    let headers = [
        (CONTENT_TYPE, protocol.content_type()),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, Body::from_stream(body)).into_response()
}

fn acts(protocol: Protocol, turn: &Turn, rendered: Rendered) -> VecDeque<Act> {
    let Rendered {
        opening,
        chunks,
        closing,
    } = rendered;
    let mut acts = VecDeque::with_capacity(chunks.len() + 2);
    let send = |text: String| Act::Send(Bytes::from(text));
    if !opening.is_empty() {
        acts.push_back(send(opening));
    }
    let delay = Duration::from_millis(turn.chunk_delay_ms);
    // One place more than there are chunks: something may happen after the last one.
    for (sent, chunk) in chunks.into_iter().map(Some).chain([None]).enumerate() {
        let due =
            |after: Option<usize>| after == Some(sent) || (chunk.is_none() && after > Some(sent));
        if due(turn.hang_after) {
            acts.push_back(Act::Hang);
        }
        if due(turn.cut_after) {
            acts.extend([Act::Wait(FLUSH), Act::Cut]);
            return acts;
        }
        if due(turn.end_after) {
            return acts;
        }
        if let Some(failure) = turn.stream_error.as_ref().filter(|it| due(Some(it.after))) {
            acts.push_back(send(protocol.stream_error(&failure.code, &failure.message)));
            return acts;
        }
        if let Some(chunk) = chunk {
            if !delay.is_zero() {
                acts.push_back(Act::Wait(delay));
            }
            acts.push_back(send(chunk));
        }
    }
    acts.push_back(send(closing));
    acts
}

impl Player {
    async fn next(&mut self) -> Option<Result<Bytes, io::Error>> {
        loop {
            if self.stopping.is_cancelled() {
                return Some(Err(io::Error::other("the server stops")));
            }
            let waiting = match self.acts.pop_front() {
                Some(Act::Send(bytes)) => {
                    if self.acts.is_empty() {
                        self.end();
                    }
                    return Some(Ok(bytes));
                }
                Some(Act::Cut) => {
                    self.end();
                    return Some(Err(io::Error::other("the script cuts the connection")));
                }
                Some(Act::Wait(delay)) => Some(delay),
                Some(Act::Hang) => None,
                None => {
                    self.end();
                    return None;
                }
            };
            let stopping = self.stopping.clone();
            match waiting {
                Some(delay) => drop(tokio::time::timeout(delay, stopping.cancelled()).await),
                None => stopping.cancelled().await,
            }
        }
    }

    fn end(&mut self) {
        if let Some(ending) = self.ending.take() {
            ending.end(Outcome::Played);
        }
    }
}
