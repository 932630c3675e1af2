use std::time::Duration;

use mosaic_domain::{ConversationId, Delivery, JobId, RunId, RunState, Scope, WorkspaceId};
use mosaic_proto::job::OutboxEntry;
use mosaic_storage::{
    Actor, Claim, Command, Discard, NewAdmin, NewConversation, NewMessage, Reach, Storage,
};
use mosaic_testkit::TestDatabase;
use uuid::Uuid;

use crate::support::record;

const NOW: &str = "2026-01-31T12:00:00Z";

struct Stage {
    database: TestDatabase,
    storage: Storage,
    scope: Scope,
    conversation: ConversationId,
}

impl Stage {
    async fn set() -> Self {
        let (database, storage) = record().await;
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
            database,
            storage,
            scope,
            conversation,
        }
    }

    /// Says something that gets a run of its own, and answers that and its job.
    async fn ask(&self, content: &str) -> (RunId, JobId) {
        let new = NewMessage {
            message_id: Uuid::now_v7().into(),
            run_id: Uuid::now_v7().into(),
            job_id: Uuid::now_v7().into(),
            event_id: Uuid::now_v7().into(),
            conversation_id: self.conversation,
            content: content.to_owned(),
            delivery: Delivery::Wait,
            idempotency_key: None,
            traceparent: None,
            received_at: NOW.parse().unwrap(),
        };
        let sent = self.storage.send_message(self.scope, &new).await.unwrap();
        (sent.unwrap().run_id, new.job_id)
    }

    /// Throws the job of a run away, and says whether the run ended with it and what is to be published.
    async fn discard(
        &self,
        workspace_id: WorkspaceId,
        run_id: RunId,
        job_id: JobId,
    ) -> Option<Vec<OutboxEntry>> {
        let discard = Discard {
            workspace_id,
            run_id,
            job_id,
            now: NOW.parse().unwrap(),
            shown: &[],
        };
        let change = self.storage.discard_run(&discard).await.unwrap();
        change.map(|change| change.outbox)
    }

    async fn number(&self, query: &str) -> i64 {
        self.database.number(query).await.unwrap()
    }
}

#[tokio::test]
async fn a_run_whose_job_is_discarded_ends_with_it_and_the_next_one_begins() {
    let stage = Stage::set().await;
    let (run, job) = stage.ask("first").await;
    let (next, next_job) = stage.ask("second").await;
    let workspace = stage.scope.workspace_id;
    let found = stage.storage.run_of_job(workspace, job, None).await;
    assert_eq!(found.unwrap(), Some(run));
    let found = stage.storage.run_of_job(workspace, job, Some(next)).await;
    assert_eq!(found.unwrap(), None);

    let outbox = stage.discard(workspace, run, job).await.unwrap();
    let published: Vec<JobId> = outbox.iter().map(OutboxEntry::id).collect();
    assert_eq!(published, [next_job]);
    let ended = stage.storage.run(stage.scope, run).await.unwrap().unwrap();
    assert_eq!(
        (ended.state, ended.end_code.as_deref()),
        (RunState::Failed, Some("job_discarded"))
    );
    assert_eq!(ended.cancel_reason, None, "nobody asked to stop it");
    let undone = format!("SELECT count(*) FROM outbox WHERE id = '{job}'");
    assert_eq!(stage.number(&undone).await, 0);
    let active = format!("SELECT count(*) FROM conversations WHERE active_run_id = '{next}'");
    assert_eq!(stage.number(&active).await, 1);

    let found = stage.storage.run_of_job(workspace, job, None).await;
    assert_eq!(found.unwrap(), None, "it has ended");
    assert!(stage.discard(workspace, run, job).await.is_none());
    let silent = stage.storage.silent_runs(Duration::ZERO, 10).await.unwrap();
    assert!(silent.iter().all(|one| one.run_id != run), "{silent:?}");
}

#[tokio::test]
async fn a_run_that_somebody_holds_or_that_another_job_does_does_not_end_with_a_job() {
    let stage = Stage::set().await;
    let (run, job) = stage.ask("hello").await;
    let workspace = stage.scope.workspace_id;
    let elsewhere = WorkspaceId::new(Uuid::now_v7());
    let other = JobId::new(Uuid::now_v7());
    assert!(stage.discard(elsewhere, run, job).await.is_none());
    assert!(stage.discard(workspace, run, other).await.is_none());
    let found = stage.storage.run_of_job(elsewhere, job, None).await;
    assert_eq!(found.unwrap(), None);

    let lease = Duration::from_mins(5);
    let worker = Uuid::now_v7().into();
    let claim = stage.storage.claim_run(run, worker, lease, 10).await;
    assert!(matches!(claim.unwrap(), Claim::Claimed(_)));
    assert!(stage.discard(workspace, run, job).await.is_none());
    let gone = "UPDATE runs SET lease_until = now() - interval '1 second'";
    stage.database.execute(gone).await.unwrap();
    assert!(stage.discard(workspace, run, job).await.is_some());
    let ended = stage.storage.run(stage.scope, run).await.unwrap().unwrap();
    assert_eq!((ended.state, ended.epoch), (RunState::Failed, 2));
}

#[tokio::test]
async fn a_paused_run_does_not_end_with_its_old_job() {
    let stage = Stage::set().await;
    let (run, job) = stage.ask("hello").await;
    let by = Actor {
        workspace_id: stage.scope.workspace_id,
        user_id: Some(stage.scope.user_id),
        name: "Ada".to_owned(),
        address: None,
    };
    let command = Command {
        reach: Reach::Own(stage.scope),
        run_id: run,
        reason: "later",
        by: &by,
        now: NOW.parse().unwrap(),
    };
    stage.storage.pause_run(&command).await.unwrap().unwrap();
    let workspace = stage.scope.workspace_id;
    assert!(stage.discard(workspace, run, job).await.is_none());
    let again = JobId::new(Uuid::now_v7());
    let resumed = stage.storage.resume_run(&command, again).await;
    resumed.unwrap().unwrap();
    assert!(stage.discard(workspace, run, job).await.is_none());
    assert!(stage.discard(workspace, run, again).await.is_some());
}
