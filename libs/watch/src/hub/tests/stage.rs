//! Stores, somebody with a conversation, and a worker as watchers see one.

use std::time::Duration;

use anyhow::Context as _;
use mosaic_bus::{Append, Bus, BusOptions, RunLogs};
use mosaic_domain::{ConversationId, Cursor, Delivery, RunEvent, RunId, Scope, Usage};
use mosaic_proto::log::LogEvent;
use mosaic_runtime::clock;
use mosaic_storage::{Claim, NewAdmin, NewConversation, NewMessage, Run, Storage, StorageOptions};
use mosaic_telemetry::metrics::{meter, up_down};
use mosaic_testkit::{TestDatabase, TestValkey};
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::hub::{Hub, HubParts};
use crate::run::RunWatch;

/// Longer than anything here takes.
pub(super) const LIMIT: Duration = Duration::from_secs(20);
/// Connections of each pool.
pub(super) const CONNECTIONS: u32 = 4;
/// How often is looked without an announcement, unless a test says otherwise.
pub(super) const POLL: Duration = Duration::from_millis(300);

/// Stores with a conversation of Ada's.
pub(super) struct Stage {
    pub(super) scope: Scope,
    pub(super) conversation: ConversationId,
    pub(super) storage: Storage,
    pub(super) bus: Bus,
    pub(super) valkey: TestValkey,
    pub(super) database: TestDatabase,
    shutdown: CancellationToken,
    _end: DropGuard,
}

impl Stage {
    pub(super) async fn set() -> anyhow::Result<Self> {
        let (database, valkey) = (TestDatabase::migrated().await?, TestValkey::start().await?);
        let storage = connect(&database).await?;
        let bus = Bus::connect(BusOptions::new(valkey.url().clone())).await?;
        let shutdown = CancellationToken::new();
        let scope = person(&storage, "Ada").await?;
        let new = NewConversation {
            id: clock::id(),
            title: None,
            agent: "default".to_owned(),
            model: None,
        };
        let conversation = storage.create_conversation(scope, &new).await?.id;
        Ok(Self {
            scope,
            conversation,
            storage,
            bus,
            valkey,
            database,
            _end: shutdown.clone().drop_guard(),
            shutdown,
        })
    }

    /// A hub with connections of its own, as another process has.
    pub(super) async fn hub(&self, poll: Duration) -> anyhow::Result<Hub> {
        let (tracker, shutdown) = (TaskTracker::new(), self.shutdown.clone());
        Ok(Hub::new(HubParts {
            storage: connect(&self.database).await?,
            bus: self.bus.clone(),
            doorbells: self.bus.doorbells(&tracker, shutdown.clone()),
            poll,
            tracker,
            shutdown,
            feeds: up_down(&meter("test"), "test.feeds", "Feeds of a test."),
        }))
    }

    /// Somebody else.
    pub(super) async fn stranger(&self) -> anyhow::Result<Scope> {
        person(&self.storage, "Bob").await
    }

    /// Ada says something; the run that answers it.
    pub(super) async fn ask(&self) -> anyhow::Result<Run> {
        let new = NewMessage {
            message_id: clock::id(),
            run_id: clock::id(),
            job_id: clock::id(),
            event_id: clock::id(),
            conversation_id: self.conversation,
            content: "hello".to_owned(),
            delivery: Delivery::Wait,
            idempotency_key: None,
            traceparent: None,
            received_at: clock::now(),
        };
        let sent = self.storage.send_message(self.scope, &new).await?;
        let run_id = sent.context("the conversation is there")?.run_id;
        let run = self.storage.run(self.scope, run_id).await?;
        run.context("the run is there")
    }

    /// The same, taken by a worker.
    pub(super) async fn work(&self) -> anyhow::Result<(Run, Worker)> {
        let run = self.ask().await?;
        let worker = Worker::claim(self, run.id).await?;
        Ok((run, worker))
    }

    /// Waits until so many statements wait for a lock.
    pub(super) async fn blocked(&self, count: i64) -> anyhow::Result<()> {
        self.reaches(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
            count,
        )
        .await
    }

    /// How often runs were looked for, as far as connections are closed: that is when they tell what they did.
    pub(super) async fn looks(&self) -> anyhow::Result<i64> {
        self.reaches(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND backend_type = 'client backend'
               AND pid <> pg_backend_pid()",
            0,
        )
        .await?;
        let looks = "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'runs'";
        self.database.number(looks).await
    }

    async fn reaches(&self, query: &str, wanted: i64) -> anyhow::Result<()> {
        let reached = async {
            while self.database.number(query).await? != wanted {
                sleep(Duration::from_millis(20)).await;
            }
            anyhow::Ok(())
        };
        timeout(LIMIT, reached).await?
    }
}

async fn connect(database: &TestDatabase) -> anyhow::Result<Storage> {
    let options = StorageOptions {
        url: database.url().clone(),
        max_connections: CONNECTIONS,
        connect_timeout: Duration::from_secs(1),
        statement_timeout: Duration::from_secs(10),
        application: "test".to_owned(),
    };
    Ok(Storage::connect(&options).await?)
}

async fn person(storage: &Storage, name: &str) -> anyhow::Result<Scope> {
    let user_id = clock::id();
    let mut token_hash = [0; 32];
    token_hash[..name.len()].copy_from_slice(name.as_bytes());
    let new = NewAdmin {
        user_id,
        name: name.to_owned(),
        workspace_id: clock::id(),
        workspace: format!("{name}'s"),
        token_id: clock::id(),
        token_hash,
    };
    Ok(storage.create_member(&new).await?.scope)
}

/// A worker that shows events and records none.
pub(super) struct Worker {
    logs: RunLogs,
    run_id: RunId,
    last: Cursor,
}

impl Worker {
    async fn claim(stage: &Stage, run_id: RunId) -> anyhow::Result<Self> {
        let (worker_id, lease) = (clock::id(), Duration::from_mins(1));
        let storage = &stage.storage;
        let claim = storage.claim_run(run_id, worker_id, lease, 100).await?;
        let Claim::Claimed(claimed) = claim else {
            anyhow::bail!("not claimed: {claim:?}");
        };
        let mut worker = Self {
            logs: stage.bus.run_logs(),
            run_id,
            last: claimed.log_cursor(),
        };
        let (agent, model) = (claimed.agent.clone(), "test/model".to_owned());
        let started = RunEvent::Started {
            worker_id,
            agent,
            model,
        };
        worker.show(&started).await?;
        Ok(worker)
    }

    pub(super) async fn show(&mut self, event: &RunEvent) -> anyhow::Result<()> {
        let event = LogEvent::encode(self.last.next(), event, clock::now())?;
        let next = event.cursor;
        let mut expected = Cursor::new(next.epoch, next.seq - 1);
        let events = [event];
        for _ in 0..2 {
            match self.logs.append(self.run_id, expected, &events).await? {
                Append::Written => {
                    self.last = next;
                    return Ok(());
                }
                Append::Behind { last } => expected = last,
                Append::Fenced { last } => anyhow::bail!("fenced at {last}"),
            }
        }
        anyhow::bail!("the log could not be appended to")
    }

    /// Says pieces of the answer.
    pub(super) async fn say(&mut self, pieces: u32) -> anyhow::Result<()> {
        for piece in 0..pieces {
            let text = piece.to_string();
            self.show(&RunEvent::TextDelta { step: 1, text }).await?;
        }
        Ok(())
    }

    pub(super) async fn complete(mut self) -> anyhow::Result<()> {
        let completed = RunEvent::Completed {
            message_id: clock::id(),
            content: "done".to_owned(),
            usage: Usage::default(),
        };
        self.show(&completed).await
    }
}

/// The seqs of the next events.
pub(super) async fn seqs(watch: &mut RunWatch, count: usize) -> anyhow::Result<Vec<u32>> {
    let mut seqs = Vec::new();
    while seqs.len() < count {
        let frame = timeout(LIMIT, watch.next()).await??;
        seqs.push(frame.context("the run goes on")?.cursor().seq);
    }
    Ok(seqs)
}

/// The seqs of all events to the last.
pub(super) async fn rest(watch: &mut RunWatch) -> anyhow::Result<Vec<u32>> {
    let mut seqs = Vec::new();
    while let Some(frame) = timeout(LIMIT, watch.next()).await?? {
        seqs.push(frame.cursor().seq);
    }
    Ok(seqs)
}
