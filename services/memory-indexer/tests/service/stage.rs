//! A record with somebody in it, a bus, and replicas of the indexer.

use std::time::Duration;

use mosaic_bus::{Bus, BusOptions};
use mosaic_config::{Config, EmbedderKind};
use mosaic_domain::{ConversationId, Delivery, MessageId, RunId, Scope};
use mosaic_memory_indexer::MemoryIndexer;
use mosaic_proto::envelope::Envelope;
use mosaic_proto::job::OutboxEntry;
use mosaic_proto::memory::v1::memory_service_client::MemoryServiceClient;
use mosaic_proto::memory::v1::{SearchRequest, SearchResponse};
use mosaic_runtime::clock;
use mosaic_storage::{
    NewAdmin, NewConversation, NewMessage, NewNote, NoteSaved, Storage, StorageOptions,
};
use mosaic_testkit::caller::internal;
use mosaic_testkit::{ServiceCaller, TestDatabase, TestService, TestValkey};
use tonic::Status;
use tonic::transport::Endpoint;

pub(crate) struct Stage {
    pub(crate) database: TestDatabase,
    pub(crate) valkey: TestValkey,
    pub(crate) storage: Storage,
    pub(crate) bus: Bus,
    pub(crate) ada: Scope,
}

impl Stage {
    pub(crate) async fn set() -> anyhow::Result<Self> {
        let (database, valkey) = tokio::try_join!(TestDatabase::migrated(), TestValkey::start())?;
        let storage = Storage::connect(&StorageOptions {
            url: database.url().clone(),
            max_connections: 4,
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
            application: "test".to_owned(),
        })
        .await?;
        let bus = Bus::connect(BusOptions::new(valkey.url().clone())).await?;
        let ada = person(&storage).await?;
        Ok(Self {
            database,
            valkey,
            storage,
            bus,
            ada,
        })
    }

    pub(crate) async fn stranger(&self) -> anyhow::Result<Scope> {
        person(&self.storage).await
    }

    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        let mut config = Config::for_tests()?;
        config.postgres.url = self.database.url().clone();
        config.postgres.max_connections = 5;
        config.valkey.url = self.valkey.url().clone();
        config.internal = internal();
        config.memory.embedder = EmbedderKind::Hashed;
        Ok(config)
    }

    pub(crate) async fn replica(&self) -> anyhow::Result<TestService> {
        self.replica_with(self.config()?).await
    }

    pub(crate) async fn replica_with(&self, config: Config) -> anyhow::Result<TestService> {
        let service = TestService::start::<MemoryIndexer>(config).await?;
        service.ready().await?;
        Ok(service)
    }

    pub(crate) async fn conversation(&self) -> anyhow::Result<ConversationId> {
        let id = clock::id();
        let new = NewConversation {
            id,
            title: None,
            agent: "jarvis".to_owned(),
            model: None,
        };
        self.storage.create_conversation(self.ada, &new).await?;
        Ok(id)
    }

    /// Says something; the events are returned and not published.
    pub(crate) async fn say(
        &self,
        conversation: ConversationId,
        content: &str,
    ) -> anyhow::Result<(MessageId, Vec<Envelope>)> {
        let run_id: RunId = clock::id();
        let new = NewMessage {
            message_id: clock::id(),
            run_id,
            job_id: clock::id(),
            event_id: clock::id(),
            conversation_id: conversation,
            content: content.to_owned(),
            delivery: Delivery::Steer,
            idempotency_key: None,
            traceparent: None,
            received_at: clock::now(),
        };
        let sent = self.storage.send_message(self.ada, &new).await?;
        let sent = sent.ok_or_else(|| anyhow::anyhow!("no such conversation"))?;
        Ok((sent.message.id, events(sent.outbox)))
    }

    /// Makes a message one of so many days ago.
    pub(crate) async fn date_back(&self, message: MessageId, days: u32) -> anyhow::Result<()> {
        let id = id_of_days_ago(days.into())?;
        let dated = format!("UPDATE messages SET id = '{id}' WHERE id = '{message}'");
        self.database.execute(&dated).await
    }

    /// Notes something; the events are returned and not published.
    pub(crate) async fn note(&self, content: &str) -> anyhow::Result<Vec<Envelope>> {
        let note = NewNote {
            id: clock::id(),
            event_id: clock::id(),
            run_id: None,
            fence: None,
            content: content.to_owned(),
            traceparent: None,
            written_at: clock::now(),
        };
        let NoteSaved::Stored(outbox) = self.storage.save_note(self.ada, &note).await? else {
            anyhow::bail!("not saved");
        };
        Ok(events(outbox))
    }

    pub(crate) async fn publish(&self, events: &[Envelope]) -> anyhow::Result<()> {
        Ok(self.bus.events().publish(events).await?)
    }

    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.database.number(query).await.unwrap_or(-1)
    }

    /// Asks a replica on behalf of somebody.
    pub(crate) async fn search(
        &self,
        replica: &TestService,
        scope: Scope,
        query: &str,
    ) -> Result<SearchResponse, Status> {
        let request = SearchRequest {
            workspace_id: scope.workspace_id.to_string(),
            user_id: scope.user_id.to_string(),
            query: query.to_owned(),
            ..SearchRequest::default()
        };
        self.search_as(replica, request, "gateway").await
    }

    pub(crate) async fn search_as(
        &self,
        replica: &TestService,
        request: SearchRequest,
        caller: &'static str,
    ) -> Result<SearchResponse, Status> {
        let address = format!("http://{}", replica.addresses().grpc);
        let endpoint =
            Endpoint::from_shared(address).map_err(|error| Status::internal(error.to_string()))?;
        let caller = ServiceCaller::new(caller, "memory-indexer");
        let mut client = MemoryServiceClient::with_interceptor(endpoint.connect_lazy(), caller);
        Ok(client.search(request).await?.into_inner())
    }
}

/// An id such as something had that was made so many days ago.
pub(crate) fn id_of_days_ago(days: f64) -> anyhow::Result<uuid::Uuid> {
    let now = u64::try_from(clock::now().timestamp_millis())?;
    let ago = Duration::from_secs_f64(days * 86_400.0).as_millis();
    let millis = u128::from(now).saturating_sub(ago);
    let noise = uuid::Uuid::now_v7().as_u128() & ((1 << 80) - 1);
    Ok(uuid::Uuid::from_u128(millis << 80 | noise))
}

fn events(outbox: Vec<OutboxEntry>) -> Vec<Envelope> {
    let events = outbox.into_iter().filter_map(|entry| match entry {
        OutboxEntry::Event(event) => Some(event),
        OutboxEntry::Job(_) | OutboxEntry::SetAside(..) => None,
    });
    events.collect()
}

async fn person(storage: &Storage) -> anyhow::Result<Scope> {
    let mut token_hash = [0; 32];
    token_hash[..16].copy_from_slice(uuid::Uuid::now_v7().as_bytes());
    let new = NewAdmin {
        user_id: clock::id(),
        name: "Somebody".to_owned(),
        workspace_id: clock::id(),
        workspace: "Somewhere".to_owned(),
        token_id: clock::id(),
        token_hash,
    };
    Ok(storage.create_member(&new).await?.scope)
}
