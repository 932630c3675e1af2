//! The commands of a group and what they answer.

use std::collections::HashMap;
use std::time::Duration;

use redis::RedisResult;
use redis::aio::{ConnectionLike, MultiplexedConnection};

use super::{GroupOptions, Shared};
use crate::clock::millis;
use crate::error::Result;
use crate::script;

pub(super) type Fields = HashMap<String, String>;
type Entries = Vec<(String, Fields)>;

/// An entry as it came, with the number of its stream and the attempt that this is.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) source: usize,
    pub(super) id: String,
    pub(super) attempt: u32,
    pub(super) fields: Fields,
}

impl Raw {
    /// An entry delivered for the first time.
    fn fresh(source: usize, id: String, fields: Fields) -> Self {
        let attempt = fields
            .get("attempt")
            .and_then(|text| text.parse().ok())
            .unwrap_or(1);
        Self {
            source,
            id,
            attempt,
            fields,
        }
    }
}

impl GroupOptions {
    pub(super) const fn delete_flag(&self) -> u8 {
        self.delete as u8
    }

    pub(super) fn visibility_ms(&self) -> u64 {
        millis(self.visibility)
    }
}

/// Takes up to `count` entries without waiting, the streams in the order of `order`.
pub(super) async fn take(
    connection: &mut impl ConnectionLike,
    options: &GroupOptions,
    order: &[usize],
    count: usize,
) -> RedisResult<Vec<Raw>> {
    let mut call = script::TAKE.prepare_invoke();
    for source in order {
        call.key(options.sources[*source].stream.as_str());
    }
    call.arg(&options.group).arg(&options.consumer).arg(count);
    let taken: Vec<(usize, String, Fields)> = call.invoke_async(connection).await?;
    Ok(taken
        .into_iter()
        .map(|(at, id, fields)| Raw::fresh(order[at], id, fields))
        .collect())
}

/// Waits up to `block` for entries of any stream, at most `count` of each.
pub(super) async fn wait(
    connection: &mut MultiplexedConnection,
    options: &GroupOptions,
    count: usize,
    block: Duration,
) -> RedisResult<Vec<Raw>> {
    let mut read = redis::cmd("XREADGROUP");
    read.arg("GROUP")
        .arg(&options.group)
        .arg(&options.consumer)
        .arg("COUNT")
        .arg(count)
        .arg("BLOCK")
        .arg(millis(block).max(1))
        .arg("STREAMS");
    for source in &options.sources {
        read.arg(&source.stream);
    }
    for _ in &options.sources {
        read.arg(">");
    }
    let streams: Option<Vec<(String, Entries)>> = read.query_async(connection).await?;
    let mut taken = Vec::new();
    for (stream, entries) in streams.unwrap_or_default() {
        let source = options.sources.iter().position(|s| s.stream == stream);
        let Some(source) = source else { continue };
        taken.extend(
            entries
                .into_iter()
                .map(|(id, fields)| Raw::fresh(source, id, fields)),
        );
    }
    Ok(taken)
}

/// What a round of claiming brought.
pub(super) struct Claimed {
    pub(super) go_on: String,
    pub(super) buried: usize,
    pub(super) entries: Vec<Raw>,
}

/// Takes over up to `count` entries of silent consumers from one stream.
pub(super) async fn claim(
    connection: &mut impl ConnectionLike,
    options: &GroupOptions,
    source: usize,
    from: &str,
    count: usize,
) -> RedisResult<Claimed> {
    let stream = &options.sources[source];
    let mut call = script::CLAIM.key(&[stream.stream.as_str(), stream.dead.as_str()]);
    call.arg(&options.group)
        .arg(&options.consumer)
        .arg(options.visibility_ms())
        .arg(count)
        .arg(from)
        .arg(options.max_attempts)
        .arg(options.delete_flag());
    let (go_on, buried, claimed): (String, usize, Vec<(String, u32, Fields)>) =
        call.invoke_async(connection).await?;
    let entries = claimed
        .into_iter()
        .map(|(id, attempt, fields)| Raw {
            source,
            id,
            attempt,
            fields,
        })
        .collect();
    Ok(Claimed {
        go_on,
        buried,
        entries,
    })
}

impl Shared {
    /// Makes the group on every stream, from its beginning, and registers the names.
    pub(super) async fn ensure_groups(&self) -> Result<()> {
        for source in &self.options.sources {
            let mut create = redis::cmd("XGROUP");
            create
                .arg("CREATE")
                .arg(&source.stream)
                .arg(&self.options.group)
                .arg("0")
                .arg("MKSTREAM");
            let made: Result<()> = self.bus.command("make a consumer group", &create).await;
            match made {
                Err(error) if !error.is_existing_group() => return Err(error),
                _ => {}
            }
        }
        let (set, names) = &self.options.registry;
        let mut register = redis::cmd("SADD");
        register.arg(set).arg(names);
        self.bus.command("register names", &register).await
    }

    /// Starts the silence of held entries anew and answers which are lost, and whether to another consumer. A missing
    /// group has no holders: all is gone.
    pub(super) async fn hold(&self, source: usize, ids: &[String]) -> Result<Vec<(String, bool)>> {
        let mut call = script::HOLD.key(&self.options.sources[source].stream);
        call.arg(&self.options.group)
            .arg(&self.options.consumer)
            .arg(ids);
        let lost = self.bus.script("prolong entries", &call).await;
        let lost: Option<Vec<(String, String)>> = none_without_group(lost)?;
        Ok(match lost {
            Some(lost) => lost
                .into_iter()
                .map(|(id, state)| (id, state == "taken"))
                .collect(),
            None => ids.iter().map(|id| (id.clone(), false)).collect(),
        })
    }

    /// Puts entries back as if they had never been taken.
    pub(super) async fn release(&self, source: usize, ids: &[String]) -> Result<()> {
        let mut call = script::RELEASE.key(&self.options.sources[source].stream);
        call.arg(&self.options.group)
            .arg(&self.options.consumer)
            .arg(self.options.delete_flag())
            .arg(ids);
        let released: Result<String> = self.bus.script("put entries back", &call).await;
        none_without_group(released).map(|_| ())
    }

    /// Removes this consumer where `itself`, and those that have vanished, unless they hold entries.
    pub(super) async fn leave(&self, itself: bool) -> Result<u64> {
        const VANISHED: Duration = Duration::from_hours(1);
        let mut call = script::LEAVE.prepare_invoke();
        for source in &self.options.sources {
            call.key(&source.stream);
        }
        call.arg(&self.options.group)
            .arg(if itself { &*self.options.consumer } else { "" })
            .arg(millis(VANISHED.max(self.options.visibility * 4)));
        self.bus.script("remove consumers", &call).await
    }
}

/// Turns a missing group into `None`: what was to be done concerns entries that no longer exist.
pub(super) fn none_without_group<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_missing_group() => Ok(None),
        Err(error) => Err(error),
    }
}
