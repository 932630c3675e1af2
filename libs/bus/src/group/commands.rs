//! The commands of a group and what they answer.

use std::time::Duration;

use redis::RedisResult;
use redis::aio::{ConnectionLike, MultiplexedConnection};

use super::fields::{Fields, StreamId};
use super::{GroupOptions, Shared, Source};
use crate::clock::millis;
use crate::error::Result;
use crate::script;

type Entries = Vec<(StreamId, Fields)>;
type Streams = Option<Vec<(String, Entries)>>;

/// An entry as it came, with the number of its stream and the attempt that this is.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) source: usize,
    pub(super) id: StreamId,
    pub(super) attempt: u32,
    pub(super) fields: Fields,
}

impl Raw {
    /// An entry delivered for the first time.
    fn fresh(source: usize, id: StreamId, fields: Fields) -> Self {
        let attempt = fields.get("attempt").and_then(|text| text.parse().ok());
        Self {
            source,
            id,
            attempt: attempt.unwrap_or(1),
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

    /// Begins a call that concerns one stream, and the queue it belongs to.
    pub(super) fn call<'a>(
        &self,
        script: &'a redis::Script,
        source: usize,
    ) -> redis::ScriptInvocation<'a> {
        let Source { stream, dead, .. } = &self.sources[source];
        script::call(script, stream, dead, self.queue.as_ref())
    }

    fn read(&self, source: usize, count: usize) -> redis::Cmd {
        let mut read = redis::cmd("XREADGROUP");
        read.arg("GROUP")
            .arg(&self.group)
            .arg(&self.consumer)
            .arg("COUNT")
            .arg(count)
            .arg("STREAMS")
            .arg(&self.sources[source].stream)
            .arg(">");
        read
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
    let taken: Vec<(usize, StreamId, Fields)> = call.invoke_async(connection).await?;
    Ok(taken
        .into_iter()
        .map(|(at, id, fields)| Raw::fresh(order[at], id, fields))
        .collect())
}

/// Takes up to so many entries of each stream without waiting, with plain commands in one round trip: what a script
/// answers costs Valkey twice as much.
pub(super) async fn take_each(
    connection: &mut impl ConnectionLike,
    options: &GroupOptions,
    counts: &[(usize, usize)],
) -> RedisResult<Vec<Raw>> {
    let mut pipeline = redis::pipe();
    for (source, count) in counts {
        pipeline.add_command(options.read(*source, *count));
    }
    let answers: Vec<Streams> = pipeline.query_async(connection).await?;
    let mut taken = Vec::new();
    for ((source, _), streams) in counts.iter().zip(answers) {
        for (_, entries) in streams.unwrap_or_default() {
            let fresh = |(id, fields)| Raw::fresh(*source, id, fields);
            taken.extend(entries.into_iter().map(fresh));
        }
    }
    Ok(taken)
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
    let streams: Streams = read.query_async(connection).await?;
    let mut taken = Vec::new();
    for (stream, entries) in streams.unwrap_or_default() {
        let source = options.sources.iter().position(|s| s.stream == stream);
        let Some(source) = source else { continue };
        let fresh = |(id, fields)| Raw::fresh(source, id, fields);
        taken.extend(entries.into_iter().map(fresh));
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
    let mut call = options.call(&script::CLAIM, source);
    call.arg(&options.group)
        .arg(&options.consumer)
        .arg(options.visibility_ms())
        .arg(count)
        .arg(from)
        .arg(options.max_attempts)
        .arg(options.delete_flag());
    let (go_on, buried, claimed): (String, usize, Vec<(StreamId, u32, Fields)>) =
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
        if self.options.queue.is_some() {
            let mut call = self.options.call(&script::GROUPS, 0);
            call.arg(&self.options.group);
            let _: String = self.bus.script("make a consumer group", &call).await?;
        } else {
            self.ensure_event_groups().await?;
        }
        let (set, names) = &self.options.registry;
        let mut register = redis::cmd("SADD");
        register.arg(set).arg(names);
        self.bus.command("register names", &register).await
    }

    async fn ensure_event_groups(&self) -> Result<()> {
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
        Ok(())
    }

    /// Starts the silence of held entries anew and answers which are lost, and whether to another consumer. A missing
    /// group has no holders: all is gone.
    pub(super) async fn hold(
        &self,
        source: usize,
        ids: &[StreamId],
    ) -> Result<Vec<(StreamId, bool)>> {
        let mut call = script::HOLD.key(&self.options.sources[source].stream);
        call.arg(&self.options.group).arg(&self.options.consumer);
        for id in ids {
            call.arg(id);
        }
        let lost = self.bus.script("prolong entries", &call).await;
        let lost: Option<Vec<(StreamId, String)>> = none_without_group(lost)?;
        Ok(match lost {
            Some(lost) => lost
                .into_iter()
                .map(|(id, state)| (id, state == "taken"))
                .collect(),
            None => ids.iter().map(|id| (*id, false)).collect(),
        })
    }

    /// Puts entries back as if they had never been taken.
    pub(super) async fn release(&self, source: usize, ids: &[StreamId]) -> Result<()> {
        let mut call = script::RELEASE.key(&self.options.sources[source].stream);
        call.arg(&self.options.group)
            .arg(&self.options.consumer)
            .arg(self.options.delete_flag());
        for id in ids {
            call.arg(id);
        }
        let released: Result<String> = self.bus.script("put entries back", &call).await;
        none_without_group(released).map(|_| ())
    }

    /// Removes this consumer where `itself`, and those that have vanished, unless they hold entries.
    pub(super) async fn leave(&self, itself: bool) -> Result<u64> {
        let mut call = script::LEAVE.prepare_invoke();
        for source in &self.options.sources {
            call.key(&source.stream);
        }
        call.arg(&self.options.group)
            .arg(if itself { &*self.options.consumer } else { "" })
            .arg(millis(
                self.options.vanished.max(self.options.visibility * 4),
            ));
        self.bus.script("remove consumers", &call).await
    }

    /// Whether the queue is paused now.
    pub(super) async fn is_paused(&self) -> Result<bool> {
        let Some(queue) = &self.options.queue else {
            return Ok(false);
        };
        let mut exists = redis::cmd("EXISTS");
        exists.arg(queue.paused());
        self.bus
            .command("see whether a queue is paused", &exists)
            .await
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
