//! A record, a bus, a scripted model, and a worker with tools that misbehave.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use mosaic_agent_worker::Builder;
use mosaic_bus::{Bus, BusOptions, QueueOperator};
use mosaic_config::Config;
use mosaic_domain::{ConversationId, Delivery, InstanceId, RunId, Scope};
use mosaic_identity::ApiToken;
use mosaic_runtime::{Addresses, App, Failure, Lifecycle, StartError, clock};
use mosaic_storage::{
    Actor, Claim, ClaimedRun, Command, NewAdmin, NewConversation, NewMessage, Reach, Run, Sent,
    Storage, StorageOptions,
};
use mosaic_testkit::database::OpenTransaction;
use mosaic_testkit::model_server::{ModelServer, Script};
use mosaic_testkit::service::eventually;
use mosaic_testkit::{TestDatabase, TestService, TestValkey};
use mosaic_tools::{Tool, ToolContext, ToolError, ToolSpec};
use secrecy::SecretString;
use serde_json::{Value, json};

/// Connections of the pool that tests use.
pub(crate) const CONNECTIONS: u32 = 8;

#[derive(Debug)]
struct Misbehaving(&'static str);

#[async_trait]
impl Tool for Misbehaving {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: self.0,
            description: "misbehaves",
            parameters: json!({"type": "object"}),
            idempotent: true,
        }
    }

    async fn call(&self, arguments: Value, _context: ToolContext) -> Result<String, ToolError> {
        assert!(self.0 != "panics", "a tool with a defect");
        Ok(format!("a\0b {arguments}"))
    }
}

struct Worker(mosaic_agent_worker::App);

impl App for Worker {
    const NAME: &'static str = "agent-worker";

    async fn build(config: Arc<Config>, life: Lifecycle) -> Result<Self, StartError> {
        let builder = Builder::default()
            .with_tool(Arc::new(Misbehaving("panics")))
            .with_tool(Arc::new(Misbehaving("null")));
        builder.build(config, life).await.map(Self)
    }

    fn addresses(&self) -> Addresses {
        self.0.addresses()
    }

    async fn run(self) -> Result<(), Failure> {
        self.0.run().await
    }
}

/// What a test plays on. Fields are dropped in this order.
pub(crate) struct Stage {
    worker: Option<(TestService, ModelServer, TestValkey)>,
    pub(crate) storage: Storage,
    pub(crate) scope: Scope,
    pub(crate) by: Actor,
    database: TestDatabase,
}

impl Stage {
    pub(crate) async fn without_worker() -> anyhow::Result<Self> {
        let database = TestDatabase::migrated().await?;
        let storage = storage(&database).await?;
        let scope = person(&storage).await?;
        Ok(Self {
            worker: None,
            storage,
            by: Actor {
                workspace_id: scope.workspace_id,
                user_id: Some(scope.user_id),
                name: "Somebody".into(),
                address: None,
            },
            scope,
            database,
        })
    }

    pub(crate) async fn with_worker(script: Script) -> anyhow::Result<Self> {
        let mut stage = Self::without_worker().await?;
        let valkey = TestValkey::start().await?;
        let model = ModelServer::start(script).await?;
        let mut config = Config::for_tests()?;
        config.postgres.url = stage.database.url().clone();
        config.valkey.url = valkey.url().clone();
        config.providers.default = "openai".into();
        let provider = config.providers.named.get_mut("openai").context("openai")?;
        provider.base_url = Some(model.openai_url().into());
        provider.api_key = Some(SecretString::from("key"));
        provider.default_model = Some("scripted".into());
        let worker = TestService::start::<Worker>(config).await?;
        worker.ready().await?;
        stage.worker = Some((worker, model, valkey));
        Ok(stage)
    }

    /// Queues as operators command them.
    pub(crate) async fn operator(&self) -> anyhow::Result<QueueOperator> {
        let (_, _, valkey) = self.worker.as_ref().context("a worker")?;
        let bus = Bus::connect(BusOptions::new(valkey.url().clone())).await?;
        Ok(QueueOperator::new(bus, Arc::new(self.storage.clone())))
    }

    /// A command by whoever owns the runs.
    pub(crate) fn command<'a>(&'a self, run_id: RunId, reason: &'a str) -> Command<'a> {
        Command {
            reach: Reach::Own(self.scope),
            run_id,
            reason,
            by: &self.by,
            now: clock::now(),
        }
    }

    /// Says something in a new conversation.
    pub(crate) async fn say(&self, content: &str) -> anyhow::Result<Sent> {
        let id = clock::id();
        let new = NewConversation {
            id,
            title: None,
            agent: "jarvis".into(),
            model: None,
        };
        self.storage.create_conversation(self.scope, &new).await?;
        self.say_to(id, content, Delivery::Steer).await
    }

    /// Says something in a conversation.
    pub(crate) async fn say_to(
        &self,
        conversation_id: ConversationId,
        content: &str,
        delivery: Delivery,
    ) -> anyhow::Result<Sent> {
        let new = NewMessage {
            message_id: clock::id(),
            run_id: clock::id(),
            job_id: clock::id(),
            event_id: clock::id(),
            conversation_id,
            content: content.into(),
            delivery,
            idempotency_key: None,
            traceparent: None,
            received_at: clock::now(),
        };
        self.storage
            .send_message(self.scope, &new)
            .await?
            .context("no such conversation")
    }

    /// Claims a run as some worker.
    pub(crate) async fn claim(&self, run_id: RunId) -> anyhow::Result<ClaimedRun> {
        self.claim_as(run_id, clock::id()).await
    }

    /// Claims a run as this worker.
    pub(crate) async fn claim_as(
        &self,
        run_id: RunId,
        worker: InstanceId,
    ) -> anyhow::Result<ClaimedRun> {
        let minute = Duration::from_mins(1);
        match self.storage.claim_run(run_id, worker, minute, 10).await? {
            Claim::Claimed(claimed) => Ok(*claimed),
            other => anyhow::bail!("{other:?}"),
        }
    }

    /// Waits for a run to end.
    pub(crate) async fn ended(&self, run_id: RunId) -> anyhow::Result<Run> {
        eventually("the run to end", async || {
            let run = self.storage.run(self.scope, run_id).await.ok()??;
            run.state.is_terminal().then_some(run)
        })
        .await
    }

    /// Changes the record behind everybody's back.
    pub(crate) async fn sql(&self, statements: &str) -> anyhow::Result<()> {
        self.database.execute(statements).await
    }

    /// How often the model was asked.
    pub(crate) fn asked(&self) -> anyhow::Result<u64> {
        let (_, model, _) = self.worker.as_ref().context("a worker")?;
        Ok(model.calls())
    }

    /// Begins a transaction, runs a statement in it and leaves it open until what is returned is dropped.
    pub(crate) async fn hold_a_transaction(
        &self,
        statement: &str,
    ) -> anyhow::Result<OpenTransaction> {
        self.database.hold(statement).await
    }
}

async fn storage(database: &TestDatabase) -> anyhow::Result<Storage> {
    let options = StorageOptions {
        url: database.url().clone(),
        max_connections: CONNECTIONS,
        connect_timeout: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(30),
        application: "test".into(),
    };
    Ok(Storage::connect(&options).await?)
}

async fn person(storage: &Storage) -> anyhow::Result<Scope> {
    let token = ApiToken::generate();
    let member = NewAdmin {
        user_id: clock::id(),
        name: "Somebody".into(),
        workspace_id: clock::id(),
        workspace: "Theirs".into(),
        token_id: clock::id(),
        token_hash: *token.hash().as_bytes(),
    };
    Ok(storage.create_member(&member).await?.scope)
}
