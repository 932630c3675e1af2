use mosaic_domain::{MemoryId, RunId};
use mosaic_storage::{Captured, NoteSaved};

use crate::support::{Stage, chunk, new_note};

impl Stage {
    async fn show(&self, run: RunId, memory: MemoryId) {
        let shown = self
            .storage
            .show_memories(self.ada, run, None, &[memory])
            .await
            .unwrap();
        assert_eq!(shown, [memory]);
    }

    /// What is forgotten with a memory, itself left out.
    async fn forget(&self, memory: MemoryId) -> Vec<MemoryId> {
        let forgotten = self
            .storage
            .forget_memory(self.ada, memory)
            .await
            .unwrap()
            .unwrap();
        let mut ids = forgotten.ids;
        assert_eq!(ids.remove(0), memory);
        ids.sort();
        ids
    }
}

#[tokio::test]
async fn forgetting_reaches_what_runs_made_of_what_they_were_shown_and_leaves_no_trace() {
    let stage = Stage::set().await;
    let (one, two, three) = (
        stage.conversation(stage.ada).await,
        stage.conversation(stage.ada).await,
        stage.conversation(stage.ada).await,
    );
    let told = stage
        .turn(stage.ada, one, "My dog is Rex", "A fine name")
        .await;
    let asked = stage.turn(stage.ada, two, "Name of the dog?", "Rex").await;
    let again = stage
        .turn(stage.ada, three, "And?", "As I said, it is that one")
        .await;
    let fact = stage.capture(stage.ada, told.asked).await.unwrap();
    let echo = stage.capture(stage.ada, told.answered).await.unwrap();
    let question = stage.capture(stage.ada, asked.asked).await.unwrap();
    stage.show(asked.run, fact).await;
    let answer = stage.capture(stage.ada, asked.answered).await.unwrap();
    let noted = stage
        .note(stage.ada, Some(asked.run), "The dog has a name")
        .await
        .unwrap();
    stage.show(again.run, answer).await;
    let derived = stage.capture(stage.ada, again.answered).await.unwrap();

    let mut wanted = vec![echo, answer, noted, derived];
    wanted.sort();
    assert_eq!(stage.forget(fact).await, wanted);
    // What the person said themselves elsewhere stays.
    assert!(
        stage
            .storage
            .memory(stage.ada, question)
            .await
            .unwrap()
            .is_some()
    );
    for table in ["memories", "memory_chunks", "memory_vectors"] {
        assert_eq!(
            stage.number(&format!("SELECT count(*) FROM {table}")).await,
            1,
            "{table}"
        );
    }
    // An event that is delivered again brings nothing back.
    for message in [told.asked, told.answered, asked.answered, again.answered] {
        assert_eq!(
            stage.capture(stage.ada, message).await,
            Err(Captured::Forgotten)
        );
    }
}

#[tokio::test]
async fn an_answer_that_comes_after_the_forgetting_is_not_remembered() {
    let stage = Stage::set().await;
    let (one, two) = (
        stage.conversation(stage.ada).await,
        stage.conversation(stage.ada).await,
    );
    let told = stage
        .turn(stage.ada, one, "My dog is Rex", "A fine name")
        .await;
    let asked = stage.turn(stage.ada, two, "Name of the dog?", "Rex").await;
    let fact = stage.capture(stage.ada, told.asked).await.unwrap();
    stage.show(asked.run, fact).await;
    assert!(stage.forget(fact).await.is_empty());

    assert_eq!(
        stage.capture(stage.ada, asked.answered).await,
        Err(Captured::Forgotten)
    );
    let note = new_note(Some(asked.run), "The dog is Rex");
    let refused = stage.storage.save_note(stage.ada, &note).await.unwrap();
    assert!(matches!(refused, NoteSaved::Forgotten), "{refused:?}");
    // Both conversations still hold it, so their later answers may repeat it; what the person says may not.
    for talk in [one, two] {
        let later = stage
            .turn(stage.ada, talk, "Tell me more", "Rex Rex Rex")
            .await;
        assert_eq!(
            stage.capture(stage.ada, later.answered).await,
            Err(Captured::Forgotten)
        );
        assert!(stage.capture(stage.ada, later.asked).await.is_ok());
        let note = new_note(Some(later.run), "The dog is Rex");
        let refused = stage.storage.save_note(stage.ada, &note).await.unwrap();
        assert!(matches!(refused, NoteSaved::Forgotten), "{refused:?}");
    }
    assert!(
        stage
            .storage
            .show_memories(stage.ada, asked.run, None, &[fact])
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_run_that_answers_what_is_forgotten_meanwhile_notes_nothing_of_it() {
    let stage = Stage::set().await;
    let (one, two) = (
        stage.conversation(stage.ada).await,
        stage.conversation(stage.ada).await,
    );
    let told = stage
        .turn(stage.ada, one, "My dog is Rex", "A fine name")
        .await;
    let fact = stage.capture(stage.ada, told.asked).await.unwrap();
    stage.forget(fact).await;
    let note = new_note(Some(told.run), "The dog is Rex");
    let refused = stage.storage.save_note(stage.ada, &note).await.unwrap();
    assert!(matches!(refused, NoteSaved::Forgotten), "{refused:?}");
    // Elsewhere agents note as before.
    let elsewhere = stage.turn(stage.ada, two, "I like tea", "So do I").await;
    assert!(
        stage
            .note(stage.ada, Some(elsewhere.run), "They like tea")
            .await
            .is_some()
    );
}

#[tokio::test]
async fn of_later_answers_in_the_conversation_those_go_that_share_a_word() {
    let stage = Stage::set().await;
    let talk = stage.conversation(stage.ada).await;
    let before = stage
        .turn(stage.ada, talk, "Hello there", "Do you have a dog?")
        .await;
    let told = stage
        .turn(stage.ada, talk, "My dog is Rex", "A fine name")
        .await;
    let after = stage
        .turn(stage.ada, talk, "What did I say?", "That Rex is your pet")
        .await;
    let other = stage
        .turn(stage.ada, talk, "How do I cook rice?", "Boil it")
        .await;
    let before = stage.capture(stage.ada, before.answered).await.unwrap();
    let fact = stage.capture(stage.ada, told.asked).await.unwrap();
    let echo = stage.capture(stage.ada, told.answered).await.unwrap();
    let repeated = stage.capture(stage.ada, after.answered).await.unwrap();
    let rice = stage.capture(stage.ada, other.answered).await.unwrap();
    let mut wanted = vec![echo, repeated];
    wanted.sort();
    assert_eq!(stage.forget(fact).await, wanted);
    for stays in [before, rice] {
        assert!(
            stage
                .storage
                .memory(stage.ada, stays)
                .await
                .unwrap()
                .is_some()
        );
    }
}

#[tokio::test]
async fn nobody_forgets_for_others() {
    let stage = Stage::set().await;
    let bob = stage.stranger().await;
    let talk = stage.conversation(stage.ada).await;
    let note = stage.note(stage.ada, None, "Rex").await.unwrap();
    assert!(
        stage
            .storage
            .forget_memory(bob, note)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        stage
            .storage
            .forget_conversation(bob, talk)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        stage
            .storage
            .memory(stage.ada, note)
            .await
            .unwrap()
            .is_some()
    );
    // Nor is anything of others shown to a run.
    let turn = stage.turn(stage.ada, talk, "a", "b").await;
    assert!(
        stage
            .storage
            .show_memories(bob, turn.run, None, &[note])
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn forgetting_a_conversation_reaches_what_nobody_has_captured_yet_and_what_others_were_told()
{
    let stage = Stage::set().await;
    let (one, two) = (
        stage.conversation(stage.ada).await,
        stage.conversation(stage.ada).await,
    );
    let told = stage
        .turn(stage.ada, one, "My dog is Rex", "A fine name")
        .await;
    let asked = stage.turn(stage.ada, two, "Name of the dog?", "Rex").await;
    let fact = stage.capture(stage.ada, told.asked).await.unwrap();
    stage.show(asked.run, fact).await;
    let answer = stage.capture(stage.ada, asked.answered).await.unwrap();
    let forgotten = stage
        .storage
        .forget_conversation(stage.ada, one)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(forgotten.ids, [fact, answer]);
    assert_eq!(
        stage.capture(stage.ada, told.answered).await,
        Err(Captured::Forgotten)
    );
}

#[tokio::test]
async fn a_deleted_conversation_takes_with_it_what_others_were_told_of_it() {
    let stage = Stage::set().await;
    let (one, two) = (
        stage.conversation(stage.ada).await,
        stage.conversation(stage.ada).await,
    );
    let told = stage
        .turn(stage.ada, one, "My dog is Rex", "A fine name")
        .await;
    let asked = stage.turn(stage.ada, two, "Name of the dog?", "Rex").await;
    let fact = stage.capture(stage.ada, told.asked).await.unwrap();
    stage.show(asked.run, fact).await;
    stage.capture(stage.ada, asked.answered).await.unwrap();
    let question = stage.capture(stage.ada, asked.asked).await.unwrap();
    assert!(
        stage
            .storage
            .delete_conversation(stage.ada, one)
            .await
            .unwrap()
    );
    assert_eq!(stage.number("SELECT count(*) FROM memories").await, 1);
    assert!(
        stage
            .storage
            .memory(stage.ada, question)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn capture_and_forgetting_at_once_leave_nothing_of_the_forgotten() {
    let stage = Stage::set().await;
    for _ in 0..15 {
        let (one, two) = (
            stage.conversation(stage.ada).await,
            stage.conversation(stage.ada).await,
        );
        let told = stage.turn(stage.ada, one, "My dog is Rex", "Fine").await;
        let asked = stage.turn(stage.ada, two, "Name?", "Rex").await;
        let fact = stage.capture(stage.ada, told.asked).await.unwrap();
        stage.show(asked.run, fact).await;
        let (forgotten, _, _) = tokio::join!(
            stage.storage.forget_memory(stage.ada, fact),
            stage.capture(stage.ada, asked.answered),
            stage.capture(stage.ada, told.asked),
        );
        forgotten.unwrap().unwrap();
        assert_eq!(stage.number("SELECT count(*) FROM memories").await, 0);
    }
}

#[tokio::test]
async fn a_message_of_more_words_than_one_vector_of_words_holds_is_forgotten_with_its_answer() {
    let stage = Stage::set().await;
    let talk = stage.conversation(stage.ada).await;
    let told = stage.turn(stage.ada, talk, "many words", "Noted").await;
    let later = stage
        .turn(stage.ada, talk, "And?", "The last was word160000x")
        .await;
    // About 2 MB of distinct words, in chunks such as the indexer cuts.
    let words: Vec<String> = (0..=160_000).map(|n| format!("word{n}x")).collect();
    let said = words.join(" ");
    stage
        .sql(&format!(
            "UPDATE messages SET content = '{said}' WHERE id = '{}'",
            told.asked
        ))
        .await;
    let chunks: Vec<_> = words
        .chunks(400)
        .map(|some| chunk(&some.join(" ")))
        .collect();
    let fact = MemoryId::new(uuid::Uuid::now_v7());
    let captured = stage
        .storage
        .capture_message(stage.ada, told.asked, fact, &chunks)
        .await;
    assert_eq!(captured.unwrap(), Captured::Stored);
    let answer = stage.capture(stage.ada, later.answered).await.unwrap();
    let forgotten = stage.storage.forget_memory(stage.ada, fact).await;
    assert_eq!(forgotten.unwrap().unwrap().ids, [fact, answer]);
}
