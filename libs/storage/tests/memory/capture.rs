use mosaic_domain::{MemoryKind, Role};
use mosaic_storage::{Captured, MemoryList, NoteSaved};

use crate::support::{Stage, chunk, new_note};

#[tokio::test]
async fn a_message_is_remembered_once_however_often_its_event_comes() {
    let stage = Stage::set().await;
    let talk = stage.conversation(stage.ada).await;
    let turn = stage.turn(stage.ada, talk, "My dog is Rex", "I see").await;
    let id = stage.capture(stage.ada, turn.asked).await.unwrap();
    assert_eq!(
        stage.capture(stage.ada, turn.asked).await,
        Err(Captured::Before)
    );
    assert!(
        stage
            .storage
            .memory_source(turn.asked)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(stage.number("SELECT count(*) FROM memory_vectors").await, 1);

    let memory = stage.storage.memory(stage.ada, id).await.unwrap().unwrap();
    assert_eq!(
        (memory.kind, memory.role),
        (MemoryKind::Message, Role::User)
    );
    assert_eq!(memory.conversation_title.as_deref(), Some("Talk"));
    assert_eq!(memory.run_id, Some(turn.run));
}

#[tokio::test]
async fn replicas_that_capture_the_same_message_at_once_store_it_once() {
    let stage = Stage::set().await;
    let talk = stage.conversation(stage.ada).await;
    let turn = stage.turn(stage.ada, talk, "My dog is Rex", "I see").await;
    let (one, two, three) = tokio::join!(
        stage.capture(stage.ada, turn.asked),
        stage.capture(stage.ada, turn.asked),
        stage.capture(stage.ada, turn.asked),
    );
    assert_eq!(
        [one, two, three].iter().filter(|done| done.is_ok()).count(),
        1
    );
    assert_eq!(stage.number("SELECT count(*) FROM memory_chunks").await, 1);
}

#[tokio::test]
async fn whose_memory_it_is_comes_from_the_record_and_from_nowhere_else() {
    let stage = Stage::set().await;
    let bob = stage.stranger().await;
    let talk = stage.conversation(stage.ada).await;
    let turn = stage.turn(stage.ada, talk, "My dog is Rex", "I see").await;
    assert_eq!(stage.capture(bob, turn.asked).await, Err(Captured::Gone));
    let source = stage
        .storage
        .memory_source(turn.asked)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(source.scope, stage.ada);
}

#[tokio::test]
async fn a_note_is_saved_once_and_cut_once() {
    let stage = Stage::set().await;
    let note = new_note(None, "Rex likes cheese");
    let first = stage.storage.save_note(stage.ada, &note).await.unwrap();
    assert!(
        matches!(&first, NoteSaved::Stored(events) if events.len() == 1),
        "{first:?}"
    );
    let second = stage.storage.save_note(stage.ada, &note).await.unwrap();
    assert!(matches!(second, NoteSaved::Before), "{second:?}");
    assert_eq!(stage.number("SELECT count(*) FROM outbox").await, 1);

    let uncut = stage.storage.unchunked_memories(10).await.unwrap();
    assert_eq!(uncut.len(), 1);
    let (cut, other) = ([chunk("Rex likes cheese")], [chunk("Rex likes cheese")]);
    let (one, two) = tokio::join!(
        stage.storage.store_chunks(note.id, &cut),
        stage.storage.store_chunks(note.id, &other),
    );
    assert!(one.unwrap() ^ two.unwrap());
    assert_eq!(stage.number("SELECT count(*) FROM memory_chunks").await, 1);
    assert!(
        stage
            .storage
            .unchunked_memories(10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_note_of_a_run_belongs_to_its_conversation_and_no_run_of_others_saves_any() {
    let stage = Stage::set().await;
    let bob = stage.stranger().await;
    let talk = stage.conversation(stage.ada).await;
    let turn = stage.turn(stage.ada, talk, "Remember Rex", "Saved").await;
    let stolen = new_note(Some(turn.run), "Rex");
    let refused = stage.storage.save_note(bob, &stolen).await.unwrap();
    assert!(matches!(refused, NoteSaved::Gone), "{refused:?}");
    let id = stage.note(stage.ada, Some(turn.run), "Rex").await.unwrap();
    let note = stage.storage.memory(stage.ada, id).await.unwrap().unwrap();
    assert_eq!((note.kind, note.role), (MemoryKind::Note, Role::Assistant));
    assert_eq!(note.conversation_id, Some(talk));
}

#[tokio::test]
async fn lists_go_on_where_a_page_ended_and_show_nothing_of_others() {
    let stage = Stage::set().await;
    let bob = stage.stranger().await;
    for text in ["one", "two", "three"] {
        stage.note(stage.ada, None, text).await.unwrap();
    }
    let mut list = MemoryList {
        limit: 2,
        ..MemoryList::default()
    };
    let first = stage.storage.memories(stage.ada, &list).await.unwrap();
    list.after = first.last().map(|last| mosaic_storage::MemoryPage {
        created_at: last.created_at,
        id: last.id,
    });
    let second = stage.storage.memories(stage.ada, &list).await.unwrap();
    let texts: Vec<_> = first
        .iter()
        .chain(&second)
        .map(|one| one.content.as_str())
        .collect();
    assert_eq!(texts, ["three", "two", "one"]);
    list.after = None;
    assert!(stage.storage.memories(bob, &list).await.unwrap().is_empty());
    assert!(
        stage
            .storage
            .memory(bob, first[0].id)
            .await
            .unwrap()
            .is_none()
    );
}
