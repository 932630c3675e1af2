use chrono::DateTime;
use mosaic_domain::{ConversationId, JobId, SummaryId, SummaryKind};
use mosaic_proto::job::{DEFAULT_PRIORITY, Job, SUMMARIES_QUEUE};
use mosaic_storage::NewSummary;
use uuid::Uuid;

use crate::support::Stage;

impl Stage {
    async fn entitle(&self, talk: ConversationId, title: &str) {
        self.sql(&format!(
            "UPDATE conversations SET title = '{title}' WHERE id = '{talk}'"
        ))
        .await;
    }

    async fn titles(&self) -> i64 {
        self.number("SELECT count(*) FROM conversations WHERE title IS NOT NULL")
            .await
    }
}

#[tokio::test]
async fn a_title_made_of_a_forgotten_message_goes_with_it() {
    let stage = Stage::set().await;
    let said = "My dog is called Rex and he likes cheese, also when it is older than it should be";
    let talk = stage.conversation(stage.ada).await;
    let told = stage.turn(stage.ada, talk, said, "A fine name").await;
    let later = stage.turn(stage.ada, talk, "Boil rice?", "Yes").await;
    stage
        .entitle(talk, &mosaic_domain::agent::title_from(said))
        .await;
    let fact = stage.capture(stage.ada, told.asked).await.unwrap();
    let other = stage.capture(stage.ada, later.asked).await.unwrap();
    stage
        .storage
        .forget_memory(stage.ada, other)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stage.titles().await, 1);
    stage
        .storage
        .forget_memory(stage.ada, fact)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stage.titles().await, 0);
}

#[tokio::test]
async fn forgetting_a_conversation_leaves_a_title_that_a_person_gave_it() {
    let stage = Stage::set().await;
    let (given, made) = (
        stage.conversation(stage.ada).await,
        stage.conversation(stage.ada).await,
    );
    stage.turn(stage.ada, given, "My dog is Rex", "Fine").await;
    stage.turn(stage.ada, made, "My cat is Tom", "Fine").await;
    stage.entitle(given, "Pets").await;
    stage.entitle(made, "My cat is Tom").await;
    for talk in [given, made] {
        // Nothing of them is captured yet.
        let forgotten = stage.storage.forget_conversation(stage.ada, talk).await;
        assert_eq!(forgotten.unwrap().unwrap().ids, []);
    }
    assert_eq!(stage.titles().await, 1);
}

#[tokio::test]
async fn a_title_that_was_forgotten_does_not_come_back_by_a_summary() {
    let stage = Stage::set().await;
    let (forgotten, untitled) = (
        stage.conversation(stage.ada).await,
        stage.conversation(stage.ada).await,
    );
    stage
        .turn(stage.ada, forgotten, "My dog is Rex", "Fine")
        .await;
    stage
        .turn(stage.ada, untitled, "My cat is Tom", "Fine")
        .await;
    stage.entitle(forgotten, "My dog is Rex").await;
    stage
        .sql(&format!(
            "UPDATE conversations SET title = NULL WHERE id = '{untitled}'"
        ))
        .await;
    let done = stage
        .storage
        .forget_conversation(stage.ada, forgotten)
        .await;
    done.unwrap().unwrap();
    for conversation_id in [forgotten, untitled] {
        let new = NewSummary {
            id: SummaryId::new(Uuid::now_v7()),
            conversation_id,
            kind: SummaryKind::Session,
            after: 0,
            first_ordinal: 1,
            last_ordinal: 1,
            content: "They spoke of pets.".to_owned(),
            title: Some("Pets".to_owned()),
            model: "offline/mosaic".to_owned(),
            input_tokens: 1,
            output_tokens: 1,
        };
        let job = Job {
            id: JobId::new(Uuid::now_v7()),
            queue: SUMMARIES_QUEUE.to_owned(),
            workspace_id: stage.ada.workspace_id,
            priority: DEFAULT_PRIORITY,
            created_at: DateTime::UNIX_EPOCH,
            ordering_key: None,
            idempotency_key: None,
            not_before: None,
            traceparent: None,
            data: "{}".to_owned(),
        };
        assert!(stage.storage.record_summary(&new, &job).await.unwrap());
    }
    let titled =
        format!("SELECT count(*) FROM conversations WHERE title = 'Pets' AND id = '{untitled}'");
    assert_eq!((stage.titles().await, stage.number(&titled).await), (1, 1));
}
