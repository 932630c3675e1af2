//! One turn, as a client takes it: a message by REST, its answer by server-sent events.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::Person;
use super::sse::{Events, kind};
use crate::http::Client;

/// What people say.
const WORDS: &str = "What is on my list for today, and what should I do first?";

/// How long it took, each from the beginning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) acknowledged: Duration,
    pub(crate) first_token: Duration,
    pub(crate) whole: Duration,
}

#[derive(Debug, Deserialize)]
struct Accepted {
    events: String,
}

/// Sends a message; the answer says where the events of its run are.
pub(crate) async fn say(client: &mut Client, person: &Person) -> anyhow::Result<String> {
    let path = format!("/api/conversations/{}/messages", person.conversation);
    let body = json!({"content": WORDS}).to_string();
    let answer = client.post(&path, &person.token, body).await?;
    let status = answer.status;
    let body = answer.whole().await?;
    anyhow::ensure!(
        status == StatusCode::ACCEPTED,
        "{status}: {}",
        String::from_utf8_lossy(&body)
    );
    let accepted: Accepted = serde_json::from_slice(&body)?;
    Ok(accepted.events)
}

/// Takes a whole turn.
pub(crate) async fn take(client: &mut Client, person: &Person) -> anyhow::Result<Turn> {
    let began = Instant::now();
    let events = say(client, person).await?;
    let acknowledged = began.elapsed();
    let mut answer = client.get(&events, &person.token).await?;
    anyhow::ensure!(
        answer.status == StatusCode::OK,
        "{}: the events are refused",
        answer.status
    );
    let (mut first_token, mut whole) = (None, None);
    let mut received = Events::default();
    // Read to the end of the stream: then the connection serves the next turn.
    while let Some(piece) = answer.piece().await? {
        received.receive(&piece);
        while let Some(event) = received.next() {
            match kind(&event) {
                "text.delta" => {
                    first_token.get_or_insert_with(|| began.elapsed());
                }
                "run.completed" => whole = Some(began.elapsed()),
                "run.failed" | "run.cancelled" | "run.killed" => anyhow::bail!("{event}"),
                _ => {}
            }
        }
    }
    Ok(Turn {
        acknowledged,
        first_token: first_token.context("the answer has no text")?,
        whole: whole.context("the stream ended before the run")?,
    })
}
