//! Following event streams outside of any group.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use mosaic_domain::JobId;
use mosaic_proto::envelope::Envelope;
use redis::aio::MultiplexedConnection;
use tokio::time::{Instant, sleep};

use crate::backoff::Backoff;
use crate::connection::Bus;
use crate::error::{Error, Result};
use crate::events::EventFilter;

/// How long a read blocks, and thereby how soon a new domain is noticed.
const BLOCK: Duration = Duration::from_secs(1);
/// Entries read at once from a stream.
const PAGE: usize = 256;
/// Events remembered so that one that was published twice is shown once.
const REMEMBERED: usize = 8192;

/// What a tail reads.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    /// Which domains; empty means all, also those that appear later.
    pub domains: Vec<String>,
    /// From when on, by the time of publication; `None` means from now.
    pub since: Option<DateTime<Utc>>,
    /// Which of their events.
    pub filter: EventFilter,
}

pub(super) fn follow(bus: Bus, tail: Tail) -> BoxStream<'static, Envelope> {
    let follower = Follower {
        bus,
        tail,
        places: BTreeMap::new(),
        looked: None,
        connection: None,
        recent: Recent::default(),
        found: VecDeque::new(),
    };
    stream::unfold(follower, async |mut follower| {
        let event = follower.next().await;
        Some((event, follower))
    })
    .boxed()
}

struct Follower {
    bus: Bus,
    tail: Tail,
    /// The last id read, per stream.
    places: BTreeMap<String, String>,
    /// When new domains were last looked for.
    looked: Option<Instant>,
    connection: Option<MultiplexedConnection>,
    recent: Recent,
    found: VecDeque<Envelope>,
}

type Page = Vec<(String, Vec<(String, HashMap<String, String>)>)>;

impl Follower {
    async fn next(&mut self) -> Envelope {
        let mut backoff = Backoff::CONNECTION;
        loop {
            if let Some(event) = self.found.pop_front() {
                return event;
            }
            match self.read().await {
                Ok(()) => backoff.reset(),
                Err(error) => {
                    tracing::debug!(%error, "following events failed; retrying");
                    self.connection = None;
                    sleep(backoff.wait()).await;
                }
            }
        }
    }

    async fn read(&mut self) -> Result<()> {
        if self.connection.is_none() {
            self.connection = Some(self.bus.dedicated(BLOCK).await?);
            self.check_places().await?;
        }
        self.look_for_streams().await?;
        if self.places.is_empty() {
            sleep(BLOCK / 4).await;
            return Ok(());
        }
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(PAGE);
        read.arg("BLOCK").arg(crate::clock::millis(BLOCK));
        read.arg("STREAMS");
        for stream in self.places.keys() {
            read.arg(stream);
        }
        for place in self.places.values() {
            read.arg(place);
        }
        let connection = self.connection.as_mut().ok_or(Error::Closed)?;
        let page: Option<Page> = read
            .query_async(connection)
            .await
            .map_err(Error::command("follow events"))?;
        for (stream, entries) in page.unwrap_or_default() {
            for (id, fields) in entries {
                self.accept(&id, fields);
                self.places.insert(stream.clone(), id);
            }
        }
        Ok(())
    }

    fn accept(&mut self, id: &str, mut fields: HashMap<String, String>) {
        match Envelope::from_fields(|name| fields.remove(name)) {
            Ok(event) => {
                if self.recent.is_new(event.id) && self.tail.filter.matches(&event) {
                    self.found.push_back(event);
                }
            }
            Err(error) => tracing::debug!(%id, %error, "an entry that is no event was skipped"),
        }
    }

    /// Adds streams not followed yet. Those there at first are read from the wanted time on; those that appear later
    /// are new as a whole.
    async fn look_for_streams(&mut self) -> Result<()> {
        let at_first = self.looked.is_none();
        if self.looked.is_some_and(|looked| looked.elapsed() < BLOCK) {
            return Ok(());
        }
        let domains = if self.tail.domains.is_empty() {
            self.bus.events().domains().await?
        } else {
            self.tail.domains.clone()
        };
        for domain in domains {
            let stream = self.bus.keys().events(&domain);
            if self.places.contains_key(&stream) {
                continue;
            }
            let place = match self.tail.since {
                Some(since) => before(since),
                None if at_first => self.last(&stream).await?,
                None => "0-0".to_owned(),
            };
            self.places.insert(stream, place);
        }
        self.looked = Some(Instant::now());
        Ok(())
    }

    /// A stream that ends before the place reached is a new one: Valkey lost its memory, and what was published again
    /// may carry lower ids if the clock was set back.
    async fn check_places(&mut self) -> Result<()> {
        let streams: Vec<String> = self.places.keys().cloned().collect();
        for stream in streams {
            let last = self.last(&stream).await?;
            if let Some(place) = self.places.get_mut(&stream)
                && number(&last) < number(place)
                && self.recent.any()
            {
                "0-0".clone_into(place);
            }
        }
        Ok(())
    }

    async fn last(&self, stream: &str) -> Result<String> {
        let mut newest = redis::cmd("XREVRANGE");
        newest.arg(stream).arg("+").arg("-").arg("COUNT").arg(1);
        let newest: Vec<(String, HashMap<String, String>)> =
            self.bus.command("look at a stream's end", &newest).await?;
        Ok(newest
            .into_iter()
            .next()
            .map_or_else(|| "0-0".to_owned(), |(id, _)| id))
    }
}

/// The highest id before `time`.
fn before(time: DateTime<Utc>) -> String {
    match u64::try_from(time.timestamp_millis()) {
        Ok(millis) if millis > 0 => format!("{}-{}", millis - 1, u64::MAX),
        _ => "0-0".to_owned(),
    }
}

fn number(id: &str) -> (u64, u64) {
    let (millis, seq) = id.split_once('-').unwrap_or((id, "0"));
    (
        millis.parse().unwrap_or_default(),
        seq.parse().unwrap_or_default(),
    )
}

/// The ids of the latest events.
#[derive(Default)]
struct Recent {
    known: HashSet<JobId>,
    order: VecDeque<JobId>,
}

impl Recent {
    fn is_new(&mut self, id: JobId) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    fn any(&self) -> bool {
        !self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_since_a_time_includes_that_very_millisecond() {
        let time = DateTime::from_timestamp_millis(1000).unwrap();
        assert_eq!(before(time), "999-18446744073709551615");
        assert_eq!(before(DateTime::UNIX_EPOCH), "0-0");
    }

    #[test]
    fn only_the_latest_ids_are_remembered() {
        let mut recent = Recent::default();
        let id = |n: u128| JobId::new(uuid::Uuid::from_u128(n));
        assert!(recent.is_new(id(0)) && !recent.is_new(id(0)));
        for n in 1..=REMEMBERED as u128 {
            recent.is_new(id(n));
        }
        assert!(recent.is_new(id(0)));
    }
}
