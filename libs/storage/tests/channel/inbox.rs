//! Updates that were dealt with, and those that cannot be.

use std::time::Duration;

use mosaic_storage::{FailedUpdate, Patience};

use crate::support::{CHANNEL, Stage};

const DAY: Duration = Duration::from_hours(24);
const SHORT: Patience = Patience {
    attempts: 3,
    lasting: Duration::ZERO,
};

async fn fail(stage: &Stage, id: i64, patience: Patience) -> FailedUpdate {
    let failed = stage
        .storage
        .fail_channel_update(CHANNEL, id, "it is too strange", patience)
        .await;
    failed.unwrap()
}

#[tokio::test]
async fn an_update_that_fails_too_often_is_set_aside_and_counts_as_dealt_with() {
    let stage = Stage::set().await;
    let storage = &stage.storage;
    assert_eq!(fail(&stage, 9, SHORT).await, FailedUpdate::Again(1));
    assert_eq!(fail(&stage, 9, SHORT).await, FailedUpdate::Again(2));
    let last = storage.last_channel_update(CHANNEL, DAY).await.unwrap();
    assert_eq!(last, None, "what is to come again is not gone past");
    assert_eq!(fail(&stage, 9, SHORT).await, FailedUpdate::SetAside(3));
    assert_eq!(fail(&stage, 9, SHORT).await, FailedUpdate::Over);
    let again = storage.begin_channel_update(CHANNEL, 9).await.unwrap();
    assert!(again.is_none());
    let last = storage.last_channel_update(CHANNEL, DAY).await.unwrap();
    assert_eq!(last, Some(9));
}

#[tokio::test]
async fn an_update_that_failed_may_be_dealt_with_yet() {
    let stage = Stage::set().await;
    let storage = &stage.storage;
    fail(&stage, 9, SHORT).await;
    let dropped = storage.begin_channel_update(CHANNEL, 9).await.unwrap();
    drop(dropped.unwrap());
    assert_eq!(fail(&stage, 9, SHORT).await, FailedUpdate::Again(2));
    let update = storage.begin_channel_update(CHANNEL, 9).await.unwrap();
    update.unwrap().commit().await.unwrap();
    assert_eq!(fail(&stage, 9, SHORT).await, FailedUpdate::Over);
}

#[tokio::test]
async fn what_may_pass_by_itself_is_not_set_aside_before_its_time() {
    let stage = Stage::set().await;
    let patience = Patience {
        lasting: Duration::from_mins(15),
        ..SHORT
    };
    for attempt in 1..=9 {
        let failed = fail(&stage, 9, patience).await;
        assert_eq!(failed, FailedUpdate::Again(attempt));
    }
    let later = "UPDATE channel_inbox SET received_at = now() - interval '15 minutes'";
    stage.database.execute(later).await.unwrap();
    assert_eq!(fail(&stage, 9, patience).await, FailedUpdate::SetAside(10));
}

#[tokio::test]
async fn a_number_from_long_ago_is_not_gone_on_from() {
    let stage = Stage::set().await;
    stage.update().await.commit().await.unwrap();
    let last = || stage.storage.last_channel_update(CHANNEL, DAY);
    assert_eq!(last().await.unwrap(), Some(1));
    let later = "UPDATE channel_inbox SET received_at = now() - interval '25 hours'";
    stage.database.execute(later).await.unwrap();
    assert_eq!(last().await.unwrap(), None);
}
