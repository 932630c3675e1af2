//! The event bus, as the gateway shows it to owners and admins.

use std::collections::VecDeque;

use super::{Connection, Patience};
use crate::{BusEvent, Client, Error, Result};

/// How many ids are remembered to drop what a new connection repeats.
const REMEMBERED: usize = 1024;

/// Which events to show.
#[derive(Debug, Clone, Default)]
pub struct BusEventFilter {
    /// Only this type, e.g. `message.created`; `message.*` for all that begin like this.
    pub kind: Option<String>,
    /// Only this subject, e.g. `conversation/<id>`; with `*` at its end as above.
    pub subject: Option<String>,
    /// Begin at this time (RFC 3339) instead of now.
    pub since: Option<String>,
}

/// Events of the bus; it does not end by itself.
#[derive(Debug)]
pub struct BusEvents {
    connection: Connection,
    seen: VecDeque<String>,
}

impl BusEvents {
    /// The next event.
    pub async fn next(&mut self) -> Result<BusEvent> {
        loop {
            let frame = self.connection.next().await?;
            if let Some(id) = frame.id {
                self.connection.resume_after(id);
            }
            let Some(data) = frame.data else { continue };
            let event: BusEvent =
                serde_json::from_str(&data).map_err(|error| Error::Malformed {
                    what: "the stream of events".to_owned(),
                    reason: error.to_string(),
                })?;
            if self.seen.contains(&event.id) {
                continue;
            }
            if self.seen.len() == REMEMBERED {
                self.seen.pop_front();
            }
            self.seen.push_back(event.id.clone());
            return Ok(event);
        }
    }

    /// Whether there is a connection now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connection.is_open()
    }
}

impl Client {
    /// Watches the event bus. Fails at once when the first connection does.
    pub async fn watch_events(
        &self,
        filter: &BusEventFilter,
        patience: Patience,
    ) -> Result<BusEvents> {
        let BusEventFilter {
            kind,
            subject,
            since,
        } = filter;
        let mut url = self.route(&["api", "events"]);
        for (name, value) in [("type", kind), ("subject", subject), ("since", since)] {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        let connection = Connection::open(self.clone(), url, None, patience).await?;
        Ok(BusEvents {
            connection,
            seen: VecDeque::new(),
        })
    }
}
