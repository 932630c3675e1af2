//! A record, people in it, and what they say.

use std::time::Duration;

use mosaic_domain::{
    ChunkId, ConversationId, JobId, MemoryId, MessageId, RunId, Scope, TokenId, UserId, WorkspaceId,
};
use mosaic_storage::{Captured, NewAdmin, NewChunk, NewNote, NoteSaved, Storage, StorageOptions};
use mosaic_testkit::TestDatabase;
use uuid::Uuid;

pub(crate) struct Stage {
    pub(crate) database: TestDatabase,
    pub(crate) storage: Storage,
    pub(crate) ada: Scope,
}

/// One turn: a message and its answer.
pub(crate) struct Turn {
    pub(crate) run: RunId,
    pub(crate) asked: MessageId,
    pub(crate) answered: MessageId,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        let storage = Storage::connect(&StorageOptions {
            url: database.url().clone(),
            max_connections: 6,
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_mins(1),
            application: "test".to_owned(),
        })
        .await
        .unwrap();
        let ada = person(&storage, "Ada").await;
        Self {
            database,
            storage,
            ada,
        }
    }

    pub(crate) async fn stranger(&self) -> Scope {
        person(&self.storage, "Bob").await
    }

    pub(crate) async fn conversation(&self, scope: Scope) -> ConversationId {
        let id = Uuid::now_v7();
        let (workspace, owner) = (scope.workspace_id, scope.user_id);
        self.sql(&format!(
            "INSERT INTO conversations (id, workspace_id, owner_id, agent, title)
             VALUES ('{id}', '{workspace}', '{owner}', 'jarvis', 'Talk')"
        ))
        .await;
        id.into()
    }

    /// A question and its answer, recorded as a run that has ended; nothing of it is remembered yet.
    pub(crate) async fn turn(
        &self,
        scope: Scope,
        conversation: ConversationId,
        asked: &str,
        answered: &str,
    ) -> Turn {
        let (run, question, answer) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let (workspace, owner) = (scope.workspace_id, scope.user_id);
        self.sql(&format!(
            "UPDATE conversations SET last_seq = last_seq + 2, last_ordinal = last_ordinal + 1
             WHERE id = '{conversation}';
             INSERT INTO runs (id, workspace_id, conversation_id, owner_id, ordinal, job_id, agent, state, ended_at)
             SELECT '{run}', '{workspace}', id, '{owner}', last_ordinal, '{run}', 'jarvis', 'completed', now()
             FROM conversations WHERE id = '{conversation}';
             INSERT INTO messages (id, workspace_id, conversation_id, seq, role, content, run_id)
             SELECT '{question}', '{workspace}', id, last_seq - 1, 'user', '{asked}', '{run}'
             FROM conversations WHERE id = '{conversation}';
             INSERT INTO messages (id, workspace_id, conversation_id, seq, role, content, run_id)
             SELECT '{answer}', '{workspace}', id, last_seq, 'assistant', '{answered}', '{run}'
             FROM conversations WHERE id = '{conversation}'"
        ))
        .await;
        Turn {
            run: run.into(),
            asked: question.into(),
            answered: answer.into(),
        }
    }

    /// Remembers a message as one chunk; its memory, if it is remembered.
    pub(crate) async fn capture(
        &self,
        scope: Scope,
        message: MessageId,
    ) -> Result<MemoryId, Captured> {
        let source = self.storage.memory_source(message).await.unwrap();
        let content = source.map_or_else(|| "gone".to_owned(), |source| source.content);
        let id: MemoryId = Uuid::now_v7().into();
        let chunks = [chunk(&content)];
        let captured = self
            .storage
            .capture_message(scope, message, id, &chunks)
            .await;
        match captured.unwrap() {
            Captured::Stored => Ok(id),
            other => Err(other),
        }
    }

    /// A note of a person, or of a run, cut into one chunk.
    pub(crate) async fn note(
        &self,
        scope: Scope,
        run: Option<RunId>,
        text: &str,
    ) -> Option<MemoryId> {
        let note = new_note(run, text);
        let saved = self.storage.save_note(scope, &note).await.unwrap();
        if !matches!(saved, NoteSaved::Stored(_)) {
            return None;
        }
        assert!(
            self.storage
                .store_chunks(note.id, &[chunk(text)])
                .await
                .unwrap()
        );
        Some(note.id)
    }

    pub(crate) async fn sql(&self, statements: &str) {
        self.database.execute(statements).await.unwrap();
    }

    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.database.number(query).await.unwrap()
    }
}

pub(crate) fn chunk(content: &str) -> NewChunk {
    NewChunk {
        id: ChunkId::new(Uuid::now_v7()),
        content: content.to_owned(),
    }
}

pub(crate) fn new_note(run_id: Option<RunId>, text: &str) -> NewNote {
    NewNote {
        id: MemoryId::new(Uuid::now_v7()),
        event_id: JobId::new(Uuid::now_v7()),
        run_id,
        fence: None,
        content: text.to_owned(),
        traceparent: None,
        written_at: chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
    }
}

async fn person(storage: &Storage, name: &str) -> Scope {
    let new = NewAdmin {
        user_id: UserId::new(Uuid::now_v7()),
        name: name.to_owned(),
        workspace_id: WorkspaceId::new(Uuid::now_v7()),
        workspace: format!("{name}s"),
        token_id: TokenId::new(Uuid::now_v7()),
        token_hash: some_hash(name),
    };
    storage.create_member(&new).await.unwrap().scope
}

/// Any 32 bytes that differ between people.
fn some_hash(name: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    bytes[16..].copy_from_slice(Uuid::now_v7().as_bytes());
    bytes
}
