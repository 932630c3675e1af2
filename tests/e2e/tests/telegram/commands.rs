//! Commands.

use mosaic_testkit::model_server::Script;

use super::stage::{ADA, Stage, slow_answer, whole_answer};

#[tokio::test]
async fn a_new_conversation_begins_with_the_next_message() -> anyhow::Result<()> {
    let stage = Stage::set(Script::echo()).await?;
    let _ = stage.bot.say(ADA, "one");
    stage.shows(ADA, "one").await?;
    let first = stage.conversation().await?;
    let _ = stage.bot.say(ADA, "/new");
    stage.shows(ADA, "begins a new conversation").await?;
    let _ = stage.bot.say(ADA, "two");
    stage.shows(ADA, "two").await?;
    let second = stage.conversation().await?;
    assert_ne!(first, second);
    let messages = stage
        .get(&format!("/api/conversations/{second}/messages"))
        .await?;
    assert_eq!(messages["items"][0]["content"], "two");
    Ok(())
}

#[tokio::test]
async fn an_answer_can_be_stopped_and_says_so() -> anyhow::Result<()> {
    let stage = Stage::set(slow_answer()).await?;
    let _ = stage.bot.say(ADA, "go");
    stage.shows(ADA, "w3").await?;
    let _ = stage.bot.say(ADA, "/stop");
    let stopped = stage.shows(ADA, "Stopped: stopped by Owner").await?;
    assert!(stopped.text.starts_with("w0 w1"), "{}", stopped.text);
    assert!(
        stopped.text.len() < whole_answer().len(),
        "{}",
        stopped.text
    );
    stage.shows(ADA, "Stopping.").await?;
    let _ = stage.bot.say(ADA, "/stop");
    stage.shows(ADA, "Nothing is running.").await?;
    Ok(())
}

#[tokio::test]
async fn the_model_is_shown_chosen_and_left_to_the_agent() -> anyhow::Result<()> {
    let stage = Stage::set(Script::echo()).await?;
    let _ = stage.bot.say(ADA, "/model");
    stage.shows(ADA, "own model answers").await?;
    let _ = stage.bot.say(ADA, "/model openai/other");
    stage
        .shows(ADA, "From the next message on openai/other answers")
        .await?;
    let _ = stage.bot.say(ADA, "hello");
    stage.shows(ADA, "hello").await?;
    let id = stage.conversation().await?;
    let read = async || stage.get(&format!("/api/conversations/{id}")).await;
    assert_eq!(read().await?["model"], "openai/other");
    let _ = stage.bot.say(ADA, "/model offline/nonsense");
    stage.shows(ADA, "cannot be chosen").await?;
    let _ = stage.bot.say(ADA, "/model clear");
    let _ = stage.bot.say(ADA, "/frobnicate");
    stage.shows(ADA, "There is no command /frobnicate").await?;
    assert_eq!(read().await?["model"], serde_json::Value::Null);
    Ok(())
}

#[tokio::test]
async fn what_is_no_text_is_refused_honestly() -> anyhow::Result<()> {
    let stage = Stage::set(Script::echo()).await?;
    let photo = serde_json::json!({"photo": [{"file_id": "x"}], "caption": "look"});
    let _ = stage.bot.update(ADA, &photo);
    stage.shows(ADA, "cannot read a photo yet").await?;
    assert_eq!(
        stage.get("/api/conversations").await?["items"],
        serde_json::json!([])
    );
    Ok(())
}
