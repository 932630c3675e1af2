//! What a delivery says of a job is Valkey's word; what is forgotten is the record's.

use chrono::DateTime;
use mosaic_domain::{ConversationId, JobId, SummaryKind, WorkspaceId};
use mosaic_proto::job::{DEFAULT_PRIORITY, Job, SUMMARIES_QUEUE};
use mosaic_storage::Storage;
use uuid::Uuid;

use crate::support::record;

/// A job that somebody waits for.
async fn undone_job(storage: &Storage) -> Job {
    let job = Job {
        id: JobId::new(Uuid::now_v7()),
        queue: SUMMARIES_QUEUE.to_owned(),
        workspace_id: WorkspaceId::new(Uuid::now_v7()),
        priority: DEFAULT_PRIORITY,
        created_at: DateTime::from_timestamp_millis(1_700_000_000_000).unwrap(),
        ordering_key: None,
        idempotency_key: None,
        not_before: None,
        traceparent: None,
        data: r#"{"conversationId":"theirs"}"#.to_owned(),
    };
    storage.outbox_enqueue(vec![job.clone()]).await.unwrap();
    job
}

async fn undone(storage: &Storage) -> Vec<Job> {
    let page = storage.outbox_undone(SUMMARIES_QUEUE, None, 10).await;
    page.unwrap().0
}

#[tokio::test]
async fn a_job_is_forgotten_only_as_it_is_on_record() {
    let (_database, storage) = record().await;
    let job = undone_job(&storage).await;
    let foreign = [
        Job {
            id: JobId::new(Uuid::now_v7()),
            ..job.clone()
        },
        Job {
            queue: "runs".to_owned(),
            ..job.clone()
        },
        Job {
            workspace_id: WorkspaceId::new(Uuid::now_v7()),
            ..job.clone()
        },
        Job {
            data: r#"{"conversationId":"mine"}"#.to_owned(),
            ..job.clone()
        },
    ];
    for other in foreign {
        storage.outbox_forget_delivered(&other).await.unwrap();
        assert_eq!(
            undone(&storage).await,
            std::slice::from_ref(&job),
            "{other:?}"
        );
    }
    storage.outbox_forget_delivered(&job).await.unwrap();
    assert_eq!(undone(&storage).await, []);
}

#[tokio::test]
async fn no_service_ends_a_job_that_the_record_has_as_another() {
    let (_database, storage) = record().await;
    let job = undone_job(&storage).await;
    let forged = Job {
        data: "no json".to_owned(),
        ..job.clone()
    };
    let conversation = ConversationId::new(Uuid::now_v7());
    storage.end_summary_job(&forged).await.unwrap();
    storage
        .bury_summary_job(&forged, conversation, SummaryKind::Session)
        .await
        .unwrap();
    storage.end_schedule_job(&forged).await.unwrap();
    storage.drop_channel_job(&forged).await.unwrap();
    assert_eq!(undone(&storage).await, std::slice::from_ref(&job));
    storage.end_summary_job(&job).await.unwrap();
    assert_eq!(undone(&storage).await, []);
}
