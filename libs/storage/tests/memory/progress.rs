use mosaic_domain::MessageId;
use mosaic_storage::Unseen;
use uuid::Uuid;

use crate::support::Stage;

const NEVER: MessageId = MessageId::new(Uuid::max());

#[tokio::test]
async fn forward_and_back_every_message_is_met_once_and_what_is_known_is_passed_over() {
    let stage = Stage::set().await;
    let talk = stage.conversation(stage.ada).await;
    let mut said = Vec::new();
    for _ in 0..4 {
        let turn = stage.turn(stage.ada, talk, "Rex", "Fine").await;
        said.extend([turn.asked, turn.answered]);
    }
    said.sort();
    let storage = &stage.storage;
    assert_eq!(
        storage.messages_ahead(NEVER, 9).await.unwrap(),
        Unseen::default()
    );
    storage
        .begin_memory_progress(said[3], said[4])
        .await
        .unwrap();
    // Who comes second changes nothing.
    storage.begin_memory_progress(NEVER, NEVER).await.unwrap();
    stage.capture(stage.ada, said[5]).await.unwrap();
    let forgotten = stage.capture(stage.ada, said[1]).await.unwrap();
    storage
        .forget_memory(stage.ada, forgotten)
        .await
        .unwrap()
        .unwrap();

    let ahead = storage.messages_ahead(said[7], 2).await.unwrap();
    assert_eq!(ahead.messages, [said[4]]);
    assert_eq!(ahead.reached, Some(said[5]));
    storage.reached_ahead(said[5]).await.unwrap();
    storage.reached_ahead(said[0]).await.unwrap();
    let ahead = storage.messages_ahead(said[7], 9).await.unwrap();
    assert_eq!(ahead.messages, [said[6]], "the last is too young");
    storage.reached_ahead(said[6]).await.unwrap();
    let none = storage.messages_ahead(said[7], 9).await.unwrap();
    assert_eq!(none, Unseen::default());

    let behind = storage.messages_behind(3).await.unwrap();
    assert_eq!(behind.messages, [said[3], said[2]]);
    assert_eq!(behind.reached, Some(said[1]));
    storage.reached_behind(said[1]).await.unwrap();
    storage.reached_behind(NEVER).await.unwrap();
    let behind = storage.messages_behind(3).await.unwrap();
    assert_eq!(behind.messages, [said[0]]);
    storage.reached_behind(said[0]).await.unwrap();
    assert_eq!(storage.messages_behind(3).await.unwrap(), Unseen::default());
}

#[tokio::test]
async fn a_look_reads_no_more_when_ten_times_as_much_lies_behind_it() {
    let stage = Stage::set().await;
    let talk = stage.conversation(stage.ada).await;
    let last = stage.turn(stage.ada, talk, "Rex", "Fine").await.answered;
    let older = format!(
        "INSERT INTO messages (id, workspace_id, conversation_id, seq, role, content)
         SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, workspace_id, id, n + 10, 'user', 'x'
         FROM conversations, generate_series(1, 20000) AS n WHERE id = '{talk}';
         ANALYZE messages"
    );
    stage.sql(&older).await;
    let storage = &stage.storage;
    let first = MessageId::new("01900000-0000-7000-8000-000000000001".parse().unwrap());
    storage.begin_memory_progress(last, first).await.unwrap();
    let reads = "SELECT (idx_tup_fetch + seq_tup_read)::bigint FROM pg_stat_user_tables WHERE relname = 'messages'";
    stage.sql("SELECT pg_stat_force_next_flush()").await;
    let reads_before = stage.number(reads).await;
    for _ in 0..10 {
        assert_eq!(
            storage.messages_ahead(NEVER, 200).await.unwrap(),
            Unseen::default()
        );
        assert_eq!(
            storage.messages_behind(200).await.unwrap(),
            Unseen::default()
        );
    }
    storage.close().await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(stage.number(reads).await - reads_before < 100);
}
