//! What arrived, for tests to look at afterwards.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::http::HeaderMap;
use serde_json::Value;

use super::protocol::Protocol;

/// Headers whose values are never kept.
const SECRET: [&str; 3] = ["authorization", "x-api-key", "cookie"];

/// One completion request.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// The how manieth completion request of the server it was, from 1.
    pub number: u64,
    /// When it arrived.
    pub at: SystemTime,
    /// From which socket; requests of one connection have the same.
    pub from: SocketAddr,
    /// In which protocol.
    pub protocol: Protocol,
    /// Its headers by lower-case name; values of secret ones are replaced by `[hidden]`.
    pub headers: BTreeMap<String, String>,
    /// Its body; null when it was not JSON.
    pub body: Value,
    /// How it went.
    pub outcome: Outcome,
}

/// How a request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is still being answered.
    Open,
    /// The whole script of the turn was played, cuts and errors included.
    Played,
    /// It was refused: by the script, or because it was wrong.
    Refused,
    /// The client went away before the end.
    ClientGone,
}

/// Remembers the newest requests.
#[derive(Debug)]
pub(super) struct Recorder {
    limit: usize,
    entries: Mutex<VecDeque<Arc<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    request: RecordedRequest,
    outcome: AtomicU8,
}

/// The open end of one record. Dropped without a word it means that the client went away, because the server drops
/// a response only when it is complete or nobody reads it any more.
#[derive(Debug)]
pub(super) struct Ending(Option<Arc<Entry>>);

impl Recorder {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            entries: Mutex::default(),
        }
    }

    pub(super) fn record(
        &self,
        number: u64,
        from: SocketAddr,
        protocol: Protocol,
        headers: &HeaderMap,
        body: Option<&Value>,
    ) -> Ending {
        if self.limit == 0 {
            return Ending(None);
        }
        let request = RecordedRequest {
            number,
            at: SystemTime::now(),
            from,
            protocol,
            headers: visible(headers),
            body: body.cloned().unwrap_or_default(),
            outcome: Outcome::Open,
        };
        let entry = Arc::new(Entry {
            request,
            outcome: AtomicU8::new(Outcome::Open as u8),
        });
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == self.limit {
            entries.pop_front();
        }
        entries.push_back(entry.clone());
        Ending(Some(entry))
    }

    pub(super) fn snapshot(&self) -> Vec<RecordedRequest> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .iter()
            .map(|entry| {
                let outcome = Outcome::from(entry.outcome.load(Ordering::Acquire));
                RecordedRequest {
                    outcome,
                    ..entry.request.clone()
                }
            })
            .collect()
    }
}

impl Ending {
    pub(super) fn end(mut self, outcome: Outcome) {
        self.set(outcome);
    }

    fn set(&mut self, outcome: Outcome) {
        if let Some(entry) = self.0.take() {
            entry.outcome.store(outcome as u8, Ordering::Release);
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.set(Outcome::ClientGone);
    }
}

impl From<u8> for Outcome {
    fn from(number: u8) -> Self {
        match number {
            n if n == Self::Played as u8 => Self::Played,
            n if n == Self::Refused as u8 => Self::Refused,
            n if n == Self::ClientGone as u8 => Self::ClientGone,
            _ => Self::Open,
        }
    }
}

fn visible(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = if SECRET.contains(&name.as_str()) {
                "[hidden]".to_owned()
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            (name.as_str().to_owned(), value)
        })
        .collect()
}
