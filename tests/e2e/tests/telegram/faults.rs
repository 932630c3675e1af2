//! Telegram has bad days.

use std::time::Duration;

use mosaic_e2e::eventually;
use mosaic_testkit::bot_api::{BOT_TOKEN, Fault};
use mosaic_testkit::model_server::Script;

use super::stage::{ADA, Stage, slow_answer, whole_answer};

#[tokio::test]
async fn too_many_requests_are_waited_out() -> anyhow::Result<()> {
    let stage = Stage::set(slow_answer()).await?;
    let before = stage.bot.chat(ADA).len();
    stage.bot.fail_next("sendMessage", Fault::BadGateway);
    stage.bot.fail_next("editMessageText", Fault::TooMany(3));
    let _ = stage.bot.say(ADA, "go");
    stage.shows(ADA, "w59").await?;
    let answers = stage.bot.chat(ADA).split_off(before);
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert_eq!(answers[0].text, whole_answer());
    let edits = stage.bot.calls("editMessageText");
    let apart = edits[1].at - edits[0].at;
    assert!(apart >= Duration::from_millis(2_900), "only {apart:?}");
    Ok(())
}

#[tokio::test]
async fn a_text_that_telegram_cannot_read_is_sent_as_it_is() -> anyhow::Result<()> {
    let stage = Stage::set(Script::instant("**bold** words")).await?;
    stage.bot.fail_next("sendMessage", Fault::Unreadable);
    let _ = stage.bot.say(ADA, "go");
    let shown = stage.shows(ADA, "words").await?;
    assert_eq!(shown.text, "**bold** words");
    Ok(())
}

#[tokio::test]
async fn a_message_whose_acknowledgement_is_lost_is_sent_again_rather_than_missed()
-> anyhow::Result<()> {
    let stage = Stage::set(Script::instant("precious")).await?;
    stage.bot.fail_next("sendMessage", Fault::CutAfter);
    let _ = stage.bot.say(ADA, "go");
    let texts = eventually("the answer, twice", async || {
        let texts = stage.bot.texts(ADA);
        let count = texts.iter().filter(|text| *text == "precious").count();
        (count == 2).then_some(texts)
    });
    texts.await?;
    Ok(())
}

#[tokio::test]
async fn a_chat_that_blocked_the_bot_is_left_alone_until_it_writes_again() -> anyhow::Result<()> {
    let stage = Stage::set(Script::echo()).await?;
    stage.bot.fail_next("sendMessage", Fault::Blocked);
    let _ = stage.bot.say(ADA, "unheard");
    eventually("the refusal", async || {
        let blocked = "blocked by the user";
        stage.logs().contains(blocked).then_some(())
    })
    .await?;
    let calls = stage.bot.calls("sendMessage").len();
    let id = stage.conversation().await?;
    let body = serde_json::json!({"content": "from the web"});
    stage.world.send_to(&stage.gateway, &id, body).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(stage.bot.calls("sendMessage").len(), calls);
    let _ = stage.bot.say(ADA, "I am back");
    stage.shows(ADA, "I am back").await?;
    Ok(())
}

#[tokio::test]
async fn the_token_is_in_no_log() -> anyhow::Result<()> {
    let more = [("API_URL", "http://127.0.0.1:9"), ("MODE", "polling")];
    let stage = Stage::unlinked(Script::echo(), &more).await?;
    let log = eventually("the channel to be out of reach", async || {
        let log = stage.logs();
        log.contains("the channel cannot be reached").then_some(log)
    });
    let log = log.await?;
    let secret = BOT_TOKEN.split(':').nth(1).unwrap_or_default();
    assert!(!log.contains(secret), "{log}");
    let channels = stage.get("/api/channels").await?;
    assert_eq!(channels["items"][0]["health"], "disconnected");
    assert!(!channels.to_string().contains(secret), "{channels}");
    Ok(())
}
