use mosaic_domain::{MemoryId, Scope};
use mosaic_storage::{MemoryFilter, VectorQuery};
use std::time::Duration;

use crate::support::Stage;

/// Longer than any search here takes.
const PATIENCE: Duration = Duration::from_mins(1);

async fn by_words(
    stage: &Stage,
    scope: Scope,
    question: &str,
    filter: MemoryFilter,
) -> Vec<MemoryId> {
    let hits = stage
        .storage
        .search_memory_words(scope, question, &filter, 10, PATIENCE)
        .await
        .unwrap()
        .unwrap();
    hits.into_iter().map(|hit| hit.memory_id).collect()
}

/// Gives every chunk a vector by the number of its letters `r` and `c`.
async fn embed(stage: &Stage, model: &str) {
    let lease = Duration::from_secs(30);
    let pending = stage
        .storage
        .lease_pending_chunks(model, lease, 100)
        .await
        .unwrap();
    let count = |text: &str, letter| text.matches(letter).count();
    let vectors: Vec<_> = pending
        .iter()
        .map(|chunk| {
            let (r, c) = (count(&chunk.content, 'r'), count(&chunk.content, 'c'));
            (
                chunk.id,
                vec![
                    f32::from(u8::try_from(r).unwrap()),
                    f32::from(u8::try_from(c).unwrap()),
                    0.1,
                ],
            )
        })
        .collect();
    stage
        .storage
        .store_vectors(model, 3, &vectors)
        .await
        .unwrap();
}

async fn by_meaning(
    stage: &Stage,
    scope: Scope,
    model: &str,
    filter: MemoryFilter,
) -> Vec<MemoryId> {
    let query = VectorQuery {
        model,
        vector: &[1.0, 0.0, 0.0],
    };
    let hits = stage
        .storage
        .search_memory_vectors(scope, query, &filter, 10)
        .await
        .unwrap();
    hits.into_iter().map(|hit| hit.memory_id).collect()
}

#[tokio::test]
async fn any_word_of_a_question_finds_and_more_of_them_find_better() {
    let stage = Stage::set().await;
    let dog = stage
        .note(stage.ada, None, "The dog is called Rex")
        .await
        .unwrap();
    let both = stage
        .note(stage.ada, None, "Dogs like cheese")
        .await
        .unwrap();
    stage.note(stage.ada, None, "It rains").await.unwrap();
    let none = MemoryFilter::default();
    let found = by_words(&stage, stage.ada, "Which cheese does my dog like?", none).await;
    assert_eq!(found, [both, dog]);
    let hits = stage
        .storage
        .search_memory_words(stage.ada, "cheese for the dog", &none, 10, PATIENCE)
        .await
        .unwrap()
        .unwrap();
    assert!(
        (hits[0].coverage - 1.0).abs() < 1e-6 && (hits[1].coverage - 0.5).abs() < 1e-6,
        "{hits:?}"
    );
}

#[tokio::test]
async fn a_search_by_words_is_given_up_by_the_server_when_its_time_is_over() {
    let stage = Stage::set().await;
    let dog = stage
        .note(stage.ada, None, "The dog is called Rex")
        .await
        .unwrap();
    let none = MemoryFilter::default();
    let lock = "LOCK TABLE memory_chunks IN ACCESS EXCLUSIVE MODE";
    let held = stage.database.hold(lock).await.unwrap();
    // Shorter than it waits for a lock.
    let hurry = Duration::from_millis(200);
    let given_up = stage
        .storage
        .search_memory_words(stage.ada, "dog", &none, 10, hurry)
        .await
        .unwrap();
    assert_eq!(given_up, None);
    drop(held);
    // That time was for that search: the next on the same connection has its own.
    assert_eq!(by_words(&stage, stage.ada, "dog", none).await, [dog]);
}

#[tokio::test]
async fn questions_of_stop_words_or_signs_find_nothing_and_break_nothing() {
    let stage = Stage::set().await;
    stage
        .note(stage.ada, None, "The dog is called Rex")
        .await
        .unwrap();
    let none = MemoryFilter::default();
    for question in [
        "",
        "the of and",
        "?!",
        "' | & ! ( ) : *",
        "\\",
        "a'b\\c & http://x.y/z?a=1&b=2",
    ] {
        assert!(
            by_words(&stage, stage.ada, question, none).await.is_empty(),
            "{question}"
        );
    }
    assert_eq!(
        by_words(&stage, stage.ada, "rex' | 'x", none).await.len(),
        1
    );
}

#[tokio::test]
async fn nobody_finds_what_is_of_others() {
    let stage = Stage::set().await;
    let bob = stage.stranger().await;
    stage
        .note(stage.ada, None, "The dog is called rex")
        .await
        .unwrap();
    embed(&stage, "m/1").await;
    let none = MemoryFilter::default();
    assert!(by_words(&stage, bob, "dog rex", none).await.is_empty());
    assert!(by_meaning(&stage, bob, "m/1", none).await.is_empty());
    // Neither in another workspace of the same person.
    let elsewhere = Scope {
        workspace_id: bob.workspace_id,
        user_id: stage.ada.user_id,
    };
    assert!(
        by_words(&stage, elsewhere, "dog rex", none)
            .await
            .is_empty()
    );
    assert!(by_meaning(&stage, elsewhere, "m/1", none).await.is_empty());
    let hits = stage
        .storage
        .search_memory_words(stage.ada, "dog", &none, 10, PATIENCE)
        .await
        .unwrap()
        .unwrap();
    assert!(
        stage
            .storage
            .found_chunks(bob, &[hits[0].chunk_id])
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        stage
            .storage
            .found_chunks(stage.ada, &[hits[0].chunk_id])
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn filters_hold_in_both_searches() {
    let stage = Stage::set().await;
    let (one, two) = (
        stage.conversation(stage.ada).await,
        stage.conversation(stage.ada).await,
    );
    let first = stage.turn(stage.ada, one, "rex the dog", "ok").await;
    let second = stage.turn(stage.ada, two, "rex the dog again", "ok").await;
    let first = stage.capture(stage.ada, first.asked).await.unwrap();
    let second = stage.capture(stage.ada, second.asked).await.unwrap();
    let note = stage.note(stage.ada, None, "rex is a dog").await.unwrap();
    stage
        .sql(&format!(
            "UPDATE memories SET created_at = now() - interval '9 days' WHERE id = '{first}'"
        ))
        .await;
    embed(&stage, "m/1").await;
    let week = chrono::DateTime::from_timestamp(
        stage
            .number("SELECT extract(epoch FROM now())::bigint")
            .await,
        0,
    );
    let week = week.map(|now| now - chrono::Duration::days(7));
    let none = MemoryFilter::default();
    let cases = [
        (none, vec![first, second, note]),
        (
            MemoryFilter {
                kind: Some(mosaic_domain::MemoryKind::Note),
                ..none
            },
            vec![note],
        ),
        (
            MemoryFilter {
                conversation_id: Some(two),
                ..none
            },
            vec![second],
        ),
        (
            MemoryFilter {
                exclude_conversation_id: Some(two),
                ..none
            },
            vec![first, note],
        ),
        (
            MemoryFilter {
                since: week,
                ..none
            },
            vec![second, note],
        ),
        (
            MemoryFilter {
                until: week,
                ..none
            },
            vec![first],
        ),
    ];
    for (filter, mut wanted) in cases {
        wanted.sort();
        let mut words = by_words(&stage, stage.ada, "dog", filter).await;
        let mut meaning = by_meaning(&stage, stage.ada, "m/1", filter).await;
        words.sort();
        meaning.sort();
        assert_eq!(words, wanted, "{filter:?}");
        assert_eq!(meaning, wanted, "{filter:?}");
    }
}

#[tokio::test]
async fn vectors_of_other_models_and_dimensions_are_never_compared() {
    let stage = Stage::set().await;
    stage.note(stage.ada, None, "rex").await.unwrap();
    embed(&stage, "m/1").await;
    let none = MemoryFilter::default();
    assert_eq!(by_meaning(&stage, stage.ada, "m/1", none).await.len(), 1);
    assert!(by_meaning(&stage, stage.ada, "m/2", none).await.is_empty());
    let longer = VectorQuery {
        model: "m/1",
        vector: &[1.0, 0.0, 0.0, 0.0],
    };
    assert!(
        stage
            .storage
            .search_memory_vectors(stage.ada, longer, &none, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_question_with_an_address_finds_what_has_all_of_it_first() {
    let stage = Stage::set().await;
    let address = "https://example.com/find?kind=dog&name=rex";
    let exact = stage.note(stage.ada, None, address).await.unwrap();
    let host = "example.com/one and example.com/two";
    let host = stage.note(stage.ada, None, host).await.unwrap();
    let everything = MemoryFilter::default();
    let found = by_words(&stage, stage.ada, address, everything).await;
    assert_eq!(found, [exact, host]);
    // Signs that mean something in a search mean nothing in a question.
    for odd in [
        "rex's \\ o'clock \\' dog",
        "a & b | !c <-> (d:*",
        "/x\\y&z's/k?a='b'&c=\\",
    ] {
        by_words(&stage, stage.ada, odd, everything).await;
    }
}
