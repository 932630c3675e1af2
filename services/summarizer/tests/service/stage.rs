//! A record, a bus, a scripted model, and replicas of the service; the tests play the gateway and the worker.

use std::time::Duration;

use anyhow::Context as _;
use mosaic_bus::{Bus, BusOptions};
use mosaic_config::Config;
use mosaic_domain::{ConversationId, Delivery, EndState, RunId, Scope, SummaryKind, Usage};
use mosaic_runtime::clock;
use mosaic_storage::{
    Checkpoint, Claim, ClaimedRun, Finish, NewAdmin, NewAnswer, NewConversation, NewMessage,
    Storage, StorageOptions, Summary,
};
use mosaic_summarizer::Summarizer;
use mosaic_testkit::caller::internal;
use mosaic_testkit::model_server::{ModelServer, Script};
use mosaic_testkit::service::eventually;
use mosaic_testkit::{TestDatabase, TestService, TestValkey};
use secrecy::SecretString;
use uuid::Uuid;

/// The window of the model, in tokens.
const WINDOW: u32 = 8_000;

/// What a test plays on. Fields are dropped in this order.
pub(crate) struct Stage {
    pub(crate) storage: Storage,
    pub(crate) bus: Bus,
    pub(crate) scope: Scope,
    pub(crate) model: ModelServer,
    valkey: TestValkey,
    pub(crate) database: TestDatabase,
}

impl Stage {
    pub(crate) async fn set(script: Script) -> anyhow::Result<Self> {
        let (database, valkey) = tokio::try_join!(TestDatabase::migrated(), TestValkey::start())?;
        let storage = Storage::connect(&StorageOptions {
            url: database.url().clone(),
            max_connections: 4,
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            application: "test".into(),
        })
        .await?;
        let bus = Bus::connect(BusOptions::new(valkey.url().clone())).await?;
        let scope = member(&storage).await?;
        let model = ModelServer::start(script).await?;
        Ok(Self {
            storage,
            bus,
            scope,
            model,
            valkey,
            database,
        })
    }

    /// Starts a replica; `change` makes its configuration differ from the usual.
    pub(crate) async fn replica(
        &self,
        change: impl FnOnce(&mut Config),
    ) -> anyhow::Result<TestService> {
        let mut config = Config::for_tests()?;
        config.postgres.url = self.database.url().clone();
        config.postgres.max_connections = 4;
        config.valkey.url = self.valkey.url().clone();
        config.providers.default = "openai".into();
        config.internal = internal();
        config.summarizer.session_schedule = String::new();
        let provider = config.providers.named.get_mut("openai").context("openai")?;
        provider.base_url = Some(self.model.openai_url().into());
        provider.api_key = Some(SecretString::from("key"));
        provider.default_model = Some("scripted".into());
        provider.context_window = WINDOW;
        change(&mut config);
        let service = TestService::start::<Summarizer>(config).await?;
        service.ready().await?;
        Ok(service)
    }

    pub(crate) async fn conversation(&self) -> anyhow::Result<ConversationId> {
        let new = NewConversation {
            id: clock::id(),
            title: None,
            agent: "jarvis".into(),
            model: None,
        };
        Ok(self.storage.create_conversation(self.scope, &new).await?.id)
    }

    /// Says something and claims the run that is to answer it.
    pub(crate) async fn ask(
        &self,
        conversation_id: ConversationId,
        content: &str,
    ) -> anyhow::Result<ClaimedRun> {
        let new = NewMessage {
            message_id: clock::id(),
            run_id: clock::id(),
            job_id: clock::id(),
            event_id: clock::id(),
            conversation_id,
            content: content.into(),
            delivery: Delivery::Steer,
            idempotency_key: None,
            traceparent: None,
            received_at: clock::now(),
        };
        let sent = self.storage.send_message(self.scope, &new).await?;
        let run = sent.context("no such conversation")?.run_id;
        self.claim(run, Duration::from_mins(1)).await
    }

    pub(crate) async fn claim(&self, run: RunId, lease: Duration) -> anyhow::Result<ClaimedRun> {
        match self.storage.claim_run(run, clock::id(), lease, 400).await? {
            Claim::Claimed(claimed) => Ok(*claimed),
            other => anyhow::bail!("{other:?}"),
        }
    }

    /// Answers a claimed run.
    pub(crate) async fn answer(&self, run: &ClaimedRun, content: &str) -> anyhow::Result<()> {
        let answer = NewAnswer {
            message_id: clock::id(),
            event_id: clock::id(),
            content: content.into(),
        };
        let seen_seq = run.messages.last().map_or(0, |message| message.seq);
        let finish = Finish {
            scope: run.scope,
            conversation_id: run.conversation_id,
            job_id: run.job_id,
            end: &EndState::Completed,
            answer: Some(&answer),
            checkpoint: Checkpoint {
                steps: &[],
                log: &[],
                usage: Usage::default(),
                lease: Duration::from_mins(1),
                seen_seq,
            },
            successor: clock::id(),
            successor_job: clock::id(),
            ended_at: clock::now(),
            traceparent: None,
        };
        self.storage.finish_run(run.fence, &finish).await?;
        Ok(())
    }

    /// A whole turn.
    pub(crate) async fn turn(
        &self,
        conversation: ConversationId,
        question: &str,
        answer: &str,
    ) -> anyhow::Result<()> {
        let run = self.ask(conversation, question).await?;
        self.answer(&run, answer).await
    }

    /// Turns that weigh about 4,000 bytes each.
    pub(crate) async fn long_turns(
        &self,
        conversation: ConversationId,
        count: usize,
    ) -> anyhow::Result<()> {
        for number in 1..=count {
            let (question, answer) = (text("question", number), text("answer", number));
            self.turn(conversation, &question, &answer).await?;
        }
        Ok(())
    }

    pub(crate) async fn summaries(&self, kind: SummaryKind) -> anyhow::Result<Vec<Summary>> {
        let all = self
            .storage
            .summaries(self.scope, None, Some(kind), None, 100);
        Ok(all.await?)
    }

    /// Waits until there are this many summaries; the newest first.
    pub(crate) async fn eventually(
        &self,
        kind: SummaryKind,
        count: usize,
    ) -> anyhow::Result<Vec<Summary>> {
        eventually("the summaries", async || {
            let found = self.summaries(kind).await.ok()?;
            (found.len() == count).then_some(found)
        })
        .await
    }

    /// Jobs of summaries that are still to be done.
    pub(crate) async fn open_jobs(&self) -> anyhow::Result<i64> {
        let query = "SELECT count(*) FROM outbox WHERE kind = 'job' AND topic = 'summaries'";
        self.database.number(query).await
    }
}

fn text(name: &str, number: usize) -> String {
    format!("{name} {number}. {}", "x".repeat(2_000))
}

/// Somebody with a workspace of their own.
pub(crate) async fn member(storage: &Storage) -> anyhow::Result<Scope> {
    let mut token_hash = [0; 32];
    token_hash[..16].copy_from_slice(Uuid::now_v7().as_bytes());
    let new = NewAdmin {
        user_id: clock::id(),
        name: "Somebody".into(),
        workspace_id: clock::id(),
        workspace: "Theirs".into(),
        token_id: clock::id(),
        token_hash,
    };
    Ok(storage.create_member(&new).await?.scope)
}
