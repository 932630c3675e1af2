//! Summaries in a real Postgres: what is wanted when, what is kept of an attempt that failed, and what a run reads of them.

#![cfg(test)]

use std::time::Duration;

use mosaic_domain::SummaryKind::{Compaction, Session};
use mosaic_domain::{ConversationId, Delivery, JobId, RunId, Scope, SummaryKind, WorkspaceId};
use mosaic_proto::job::{DEFAULT_PRIORITY, Job, OutboxEntry, SUMMARIES_QUEUE};
use mosaic_storage::{
    Claim, ClaimedRun, NewAdmin, NewConversation, NewMessage, NewSummary, Storage, StorageOptions,
    SummaryDraft, SummaryRequest,
};
use mosaic_testkit::TestDatabase;
use uuid::Uuid;

const IDLE: Duration = Duration::from_mins(30);

struct Stage {
    storage: Storage,
    scope: Scope,
    conversation: ConversationId,
    database: TestDatabase,
}

impl Stage {
    async fn set() -> Self {
        let database = TestDatabase::migrated().await.unwrap();
        let storage = Storage::connect(&StorageOptions {
            url: database.url().clone(),
            max_connections: 2,
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
            application: "test".to_owned(),
        })
        .await
        .unwrap();
        let new = NewAdmin {
            user_id: Uuid::now_v7().into(),
            name: "Ada".to_owned(),
            workspace_id: Uuid::now_v7().into(),
            workspace: "Hers".to_owned(),
            token_id: Uuid::now_v7().into(),
            token_hash: [1; 32],
        };
        let scope = storage.create_member(&new).await.unwrap().scope;
        let new = NewConversation {
            id: Uuid::now_v7().into(),
            title: None,
            agent: "jarvis".to_owned(),
            model: None,
        };
        let conversation = storage.create_conversation(scope, &new).await.unwrap().id;
        Self {
            storage,
            scope,
            conversation,
            database,
        }
    }

    async fn send(&self, content: &str) -> RunId {
        let new = NewMessage {
            message_id: Uuid::now_v7().into(),
            run_id: Uuid::now_v7().into(),
            job_id: Uuid::now_v7().into(),
            event_id: Uuid::now_v7().into(),
            conversation_id: self.conversation,
            content: content.to_owned(),
            delivery: Delivery::Steer,
            idempotency_key: None,
            traceparent: None,
            received_at: "2026-01-31T12:00:00Z".parse().unwrap(),
        };
        let sent = self.storage.send_message(self.scope, &new).await.unwrap();
        sent.unwrap().run_id
    }

    /// Says something, and lets the run that would answer it end.
    async fn turn(&self, content: &str) {
        let run = self.send(content).await;
        self.sql(&format!(
            "UPDATE runs SET state = 'completed', ended_at = now(), lease_until = NULL WHERE id = '{run}';
             UPDATE conversations SET active_run_id = NULL"
        ))
        .await;
    }

    async fn claim(&self, run: RunId) -> ClaimedRun {
        let worker = Uuid::now_v7().into();
        let lease = Duration::from_mins(1);
        let claim = self.storage.claim_run(run, worker, lease, 100).await;
        let claimed = match claim.unwrap() {
            Claim::Claimed(claimed) => Some(*claimed),
            _ => None,
        };
        claimed.unwrap()
    }

    async fn sql(&self, statements: &str) {
        self.database.execute(statements).await.unwrap();
    }

    async fn number(&self, query: &str) -> i64 {
        self.database.number(query).await.unwrap()
    }

    /// Asks in the name of the person.
    async fn ask(&self, kind: SummaryKind) -> SummaryRequest {
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        let (storage, scope) = (&self.storage, self.scope);
        let asked = storage.request_summary(scope, self.conversation, kind, now);
        asked.await.unwrap().unwrap()
    }

    async fn request_compaction(&self) -> Option<OutboxEntry> {
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        let asked = self.storage.request_compaction(self.conversation, now);
        asked.await.unwrap()
    }

    /// Asks for summaries of what has been silent for long enough.
    async fn sweep(&self) -> Vec<OutboxEntry> {
        self.sql("UPDATE conversations SET updated_at = now() - interval '1 hour'")
            .await;
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        let asked = self.storage.request_session_summaries(IDLE, 10, now);
        asked.await.unwrap()
    }

    async fn record(&self, kind: SummaryKind, after: i32, last_ordinal: i32) -> bool {
        self.record_for(&some_job(), kind, (after, last_ordinal))
            .await
    }

    /// Records the summary that a job wanted.
    async fn record_for(
        &self,
        job: &Job,
        kind: SummaryKind,
        (after, last_ordinal): (i32, i32),
    ) -> bool {
        let new = NewSummary {
            id: Uuid::now_v7().into(),
            conversation_id: self.conversation,
            kind,
            after,
            first_ordinal: 1,
            last_ordinal,
            content: format!("through {last_ordinal}"),
            title: None,
            model: "some/model".to_owned(),
            input_tokens: 1,
            output_tokens: 1,
        };
        self.storage.record_summary(&new, job).await.unwrap()
    }

    async fn draft(&self, kind: SummaryKind) -> Option<SummaryDraft> {
        let found = self.storage.summary_material(self.conversation, kind, 100);
        found.await.unwrap().unwrap().draft
    }

    async fn save(&self, kind: SummaryKind, after: i32, draft: &SummaryDraft) {
        let saved = self
            .storage
            .save_summary_draft(self.conversation, kind, after, draft);
        saved.await.unwrap();
    }

    async fn bury(&self, job: &OutboxEntry, kind: SummaryKind) {
        let job = as_job(job).unwrap();
        let buried = self.storage.bury_summary_job(job, self.conversation, kind);
        buried.await.unwrap();
    }

    /// For how many hours a summary is left alone.
    async fn rest(&self) -> i64 {
        let query = "SELECT round(extract(epoch FROM rest_until - now()) / 3600)::bigint FROM summary_drafts";
        self.number(query).await
    }

    async fn end_rest(&self) {
        self.sql("UPDATE summary_drafts SET rest_until = now() - interval '1 s'")
            .await;
    }
}

fn as_job(entry: &OutboxEntry) -> Option<&Job> {
    let OutboxEntry::Job(job) = entry else {
        return None;
    };
    Some(job)
}

/// A job that is not on record.
fn some_job() -> Job {
    Job {
        id: JobId::new(Uuid::now_v7()),
        queue: SUMMARIES_QUEUE.to_owned(),
        workspace_id: WorkspaceId::new(Uuid::now_v7()),
        priority: DEFAULT_PRIORITY,
        created_at: "2026-01-31T12:00:00Z".parse().unwrap(),
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: None,
        data: "{}".to_owned(),
    }
}

fn draft(taken: u64) -> SummaryDraft {
    SummaryDraft {
        taken,
        content: "They said".to_owned(),
        input_tokens: 7,
        output_tokens: 2,
    }
}

#[tokio::test]
async fn a_job_that_was_lost_is_due_again_when_it_is_wanted_again() {
    let stage = Stage::set().await;
    for _ in 0..4 {
        stage.turn("hello").await;
    }
    let job = stage.request_compaction().await.unwrap();
    assert!(stage.request_compaction().await.is_none());
    stage
        .sql("UPDATE outbox SET life = 3, published_at = now() - interval '2 hours' WHERE kind = 'job'")
        .await;
    assert_eq!(stage.ask(Compaction).await, SummaryRequest::Waiting);

    stage
        .sql("UPDATE outbox SET published_at = now() - interval '4 hours' WHERE kind = 'job'")
        .await;
    stage
        .sql("UPDATE outbox SET set_aside = 'poisoned' WHERE kind = 'job'")
        .await;
    assert!(
        stage.request_compaction().await.is_none(),
        "an operator threw it out"
    );
    stage
        .sql("UPDATE outbox SET set_aside = NULL WHERE kind = 'job'")
        .await;
    let again = stage.request_compaction().await.unwrap();
    assert_eq!(again.id(), job.id());
    let due = format!(
        "SELECT count(*) FROM outbox WHERE id = '{}' AND life = 0",
        job.id()
    );
    assert_eq!(stage.number(&due).await, 1);
    assert!(stage.request_compaction().await.is_none(), "once");
}

#[tokio::test]
async fn a_summary_ends_the_job_that_wanted_it_and_none_that_only_has_its_id() {
    let stage = Stage::set().await;
    for _ in 0..4 {
        stage.turn("hello").await;
    }
    let entry = stage.request_compaction().await.unwrap();
    let job = as_job(&entry).unwrap();
    let jobs = "SELECT count(*) FROM outbox WHERE kind = 'job' AND topic = 'summaries'";
    let forged = Job {
        data: "{}".to_owned(),
        ..job.clone()
    };
    assert!(stage.record_for(&forged, Session, (0, 1)).await);
    assert_eq!(stage.number(jobs).await, 1);
    assert!(stage.record_for(job, Compaction, (0, 2)).await);
    assert_eq!(stage.number(jobs).await, 0);
}

#[tokio::test]
async fn a_job_that_is_due_again_is_on_record_as_it_is_published() {
    let stage = Stage::set().await;
    for _ in 0..4 {
        stage.turn("hello").await;
    }
    // Wanted by nobody in particular, lost, and then asked for by a person.
    stage.request_compaction().await.unwrap();
    stage
        .sql("UPDATE outbox SET life = 3, published_at = now() - interval '4 hours' WHERE kind = 'job'")
        .await;
    let again = match stage.ask(Compaction).await {
        SummaryRequest::Queued(mut entries) => entries.pop(),
        _ => None,
    };
    let again = again.unwrap();
    let again = as_job(&again).unwrap();
    stage.storage.end_summary_job(again).await.unwrap();
    let jobs = "SELECT count(*) FROM outbox WHERE kind = 'job' AND topic = 'summaries'";
    assert_eq!(stage.number(jobs).await, 0);
}

#[tokio::test]
async fn what_failed_for_good_is_left_alone_for_hours_whoever_asks() {
    let stage = Stage::set().await;
    for _ in 0..4 {
        stage.turn("hello").await;
    }
    let mut job = stage.request_compaction().await.unwrap();
    for hours in [6, 12, 24, 24] {
        stage.bury(&job, Compaction).await;
        assert_eq!(stage.rest().await, hours);
        assert!(stage.request_compaction().await.is_none());
        let asked = stage.ask(Compaction).await;
        assert!(matches!(asked, SummaryRequest::Resting(_)), "{asked:?}");
        stage.end_rest().await;
        job = stage.request_compaction().await.unwrap();
    }
    // Whatever made progress in between begins to count anew.
    stage.save(Compaction, 0, &draft(5)).await;
    stage.bury(&job, Compaction).await;
    assert_eq!(stage.rest().await, 6);
    assert_eq!(
        stage.draft(Compaction).await,
        Some(draft(5)),
        "it is not lost"
    );
    let jobs = "SELECT count(*) FROM outbox WHERE kind = 'job' AND topic = 'summaries'";
    let asked = stage.ask(Compaction).await;
    assert!(matches!(asked, SummaryRequest::Resting(_)), "{asked:?}");
    assert_eq!(stage.number(jobs).await, 0, "no job, so no dead letter");
    // The other kind did not fail.
    let asked = stage.ask(Session).await;
    assert!(matches!(asked, SummaryRequest::Queued(_)), "{asked:?}");
    stage.end_rest().await;
    let asked = stage.ask(Compaction).await;
    assert!(matches!(asked, SummaryRequest::Queued(_)), "{asked:?}");
}

#[tokio::test]
async fn a_session_whose_summary_failed_for_good_is_looked_at_again_after_hours() {
    let stage = Stage::set().await;
    stage.turn("hello").await;
    let job = stage.sweep().await.remove(0);
    stage.bury(&job, Session).await;
    stage.turn("and another thing").await;
    assert!(stage.sweep().await.is_empty());
    stage.end_rest().await;
    assert_eq!(stage.sweep().await.len(), 1);
}

#[tokio::test]
async fn a_draft_counts_behind_the_summary_that_it_continues_and_goes_with_the_next() {
    let stage = Stage::set().await;
    for _ in 0..4 {
        stage.turn("hello").await;
    }
    stage.save(Compaction, 0, &draft(5)).await;
    stage.save(Session, 0, &draft(10)).await;
    assert_eq!(stage.draft(Compaction).await, Some(draft(5)));
    assert!(stage.record(Compaction, 0, 2).await);
    assert_eq!(stage.draft(Compaction).await, None);
    assert_eq!(stage.draft(Session).await, Some(draft(10)));
    let drafts = "SELECT count(*) FROM summary_drafts WHERE kind = 'compaction'";
    assert_eq!(stage.number(drafts).await, 0);
    stage.save(Compaction, 0, &draft(5)).await;
    assert_eq!(stage.draft(Compaction).await, None, "it came too late");
    stage
        .sql("DELETE FROM runs; DELETE FROM conversations")
        .await;
    stage.save(Compaction, 0, &draft(5)).await;
    let drafts = "SELECT count(*) FROM summary_drafts";
    assert_eq!(stage.number(drafts).await, 0);
}

#[tokio::test]
async fn what_a_session_summary_did_not_reach_is_wanted_anew() {
    let stage = Stage::set().await;
    for _ in 0..4 {
        stage.turn("hello").await;
    }
    assert_eq!(stage.sweep().await.len(), 1);
    assert!(stage.record(Session, 0, 3).await);
    stage.sql("DELETE FROM outbox").await;
    assert_eq!(stage.sweep().await.len(), 1);
    assert!(stage.record(Session, 3, 4).await);
    assert!(stage.sweep().await.is_empty());
}

#[tokio::test]
async fn a_conversation_older_than_summaries_is_told_once_something_is_said_in_it() {
    let stage = Stage::set().await;
    stage.turn("long ago").await;
    stage
        .sql("UPDATE conversations SET session_ordinal = NULL")
        .await;
    assert!(stage.sweep().await.is_empty());
    stage.turn("today").await;
    assert_eq!(stage.sweep().await.len(), 1);
}

#[tokio::test]
async fn a_run_that_is_taken_over_reads_the_compaction_that_it_began_with_and_no_other() {
    let stage = Stage::set().await;
    for number in 1..=3 {
        stage.turn(&format!("number {number}")).await;
    }
    assert!(stage.record(Compaction, 0, 1).await);
    let run = stage.send("and now?").await;
    let first = stage.claim(run).await;
    assert_eq!(first.summary.as_deref(), Some("through 1"));
    assert_eq!(first.history.len(), 2);
    // Begun before the run was claimed, and committed after it: by its time it looks older than the run.
    assert!(stage.record(Compaction, 1, 3).await);
    stage
        .sql(
            "UPDATE summaries SET created_at = now() - interval '1 hour';
             UPDATE runs SET lease_until = now() - interval '1 s' WHERE state = 'running'",
        )
        .await;
    let second = stage.claim(run).await;
    assert!(second.is_taken_over());
    assert_eq!(
        (second.summary, second.history),
        (first.summary, first.history)
    );
}

#[tokio::test]
async fn a_run_that_was_begun_without_a_note_of_its_compaction_goes_on_without_one() {
    let stage = Stage::set().await;
    stage.turn("before").await;
    let run = stage.send("and now?").await;
    stage.claim(run).await;
    assert!(stage.record(Compaction, 0, 1).await);
    stage
        .sql(
            "UPDATE runs SET compaction_ordinal = NULL, lease_until = now() - interval '1 s'
             WHERE state = 'running'",
        )
        .await;
    let again = stage.claim(run).await;
    assert_eq!((again.summary, again.history.len()), (None, 1));
}
