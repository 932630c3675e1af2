//! Who is listened to.

use mosaic_e2e::eventually;
use mosaic_testkit::model_server::Script;
use serde_json::json;

use super::stage::{ADA, BOB, Stage};

#[tokio::test]
async fn whoever_is_not_linked_is_told_how_once_and_gets_nothing_else() -> anyhow::Result<()> {
    let stage = Stage::set(Script::echo()).await?;
    for text in ["hello", "/new", "/model", "please"] {
        let _ = stage.bot.say(BOB, text);
    }
    let _ = stage.bot.say(BOB, "/link 00000-00000");
    stage.shows(BOB, "not known").await?;
    let texts = stage.bot.texts(BOB);
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("/link CODE"), "{texts:?}");
    let list = stage.get("/api/conversations").await?;
    assert_eq!(list["items"], json!([]), "nothing was said");
    Ok(())
}

#[tokio::test]
async fn groups_and_bots_are_not_listened_to() -> anyhow::Result<()> {
    let stage = Stage::set(Script::echo()).await?;
    let group = json!({"text": "@bot hello", "chat": {"id": -100, "type": "supergroup"}});
    let _ = stage.bot.update(ADA, &group);
    let _ = stage.bot.update(
        ADA,
        &json!({"text": "beep", "from": {"id": ADA, "is_bot": true}}),
    );
    let _ = stage.bot.say(ADA, "over here");
    stage.shows(ADA, "over here").await?;
    assert!(stage.bot.texts(-100).is_empty());
    let id = stage.conversation().await?;
    let messages = stage
        .get(&format!("/api/conversations/{id}/messages"))
        .await?;
    assert_eq!(messages["items"][0]["content"], "over here");
    Ok(())
}

#[tokio::test]
async fn a_code_links_once_and_an_unlinked_account_is_a_stranger_again() -> anyhow::Result<()> {
    let stage = Stage::unlinked(Script::echo(), &[]).await?;
    let code = stage.code().await?;
    let _ = stage
        .bot
        .say(ADA, &format!("/link {}", code.to_lowercase()));
    stage.shows(ADA, "is linked to").await?;
    let _ = stage.bot.say(BOB, &format!("/link {code}"));
    stage.shows(BOB, "not known").await?;

    // The bridge talks to the bot before the gateway has met it in the register.
    let telegram = eventually("the gateway to meet the bridge", async || {
        let channels = stage.get("/api/channels").await.ok()?;
        let telegram = channels["items"][0].clone();
        (telegram["health"] == "connected").then_some(telegram)
    })
    .await?;
    assert_eq!(telegram["username"], "mosaic_test_bot");
    assert_eq!(telegram["links"][0]["displayName"], "Ada (@ada)");
    let link = telegram["links"][0]["id"].as_str().unwrap_or_default();
    let gone = stage
        .delete(&format!("/api/channels/telegram/links/{link}"))
        .await?;
    assert_eq!(gone, 204);
    let _ = stage.bot.say(ADA, "still there?");
    stage.shows(ADA, "I only talk with people").await?;
    let list = stage.get("/api/conversations").await?;
    assert_eq!(list["items"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_linked_account_is_not_somebody_elses_by_one_tap() -> anyhow::Result<()> {
    let stage = Stage::set(Script::echo()).await?;
    let (mallory, token) = stage.world.stranger().await?;
    let code = stage.code_for(&token).await?;
    // The link that opens the bot has the code in it; START sends it.
    let _ = stage.bot.say(ADA, &format!("/start {code}"));
    stage.shows(ADA, "unlink it there first").await?;
    let storage = &stage.world.storage;
    assert_eq!(storage.channel_links(mallory, None).await?, []);
    let _ = stage.bot.say(ADA, "for my own agent only");
    stage.shows(ADA, "for my own agent only").await?;
    let id = stage.conversation().await?;
    let messages = stage
        .get(&format!("/api/conversations/{id}/messages"))
        .await?;
    assert_eq!(messages["items"][0]["content"], "for my own agent only");
    Ok(())
}

#[tokio::test]
async fn an_update_that_comes_twice_is_one_message() -> anyhow::Result<()> {
    let stage = Stage::set(Script::echo()).await?;
    let _ = stage.bot.say(ADA, "once");
    let update = stage.bot.undelivered().pop();
    stage.shows(ADA, "once").await?;
    let update = update.unwrap_or_else(|| {
        json!({"update_id": 2, "message": {"chat": {"id": ADA, "type": "private"},
            "from": {"id": ADA}, "text": "once"}})
    });
    stage.bot.redeliver(update);
    let _ = stage.bot.say(ADA, "after it");
    stage.shows(ADA, "after it").await?;
    let id = stage.conversation().await?;
    let messages = eventually("both answers", async || {
        let list = stage
            .get(&format!("/api/conversations/{id}/messages"))
            .await
            .ok()?;
        let items = list["items"].as_array()?.clone();
        (items.len() >= 4).then_some(items)
    });
    let said: Vec<_> = messages.await?;
    let said: Vec<&str> = said
        .iter()
        .filter(|one| one["role"] == "user")
        .filter_map(|one| one["content"].as_str())
        .collect();
    assert_eq!(said, ["once", "after it"]);
    Ok(())
}
