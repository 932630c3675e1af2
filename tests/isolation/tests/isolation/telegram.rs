//! A chat: accounts of nobody, and accounts of somebody else.

use mosaic_testkit::service::eventually;
use serde_json::json;

use crate::fresh::{SAID, account};
use crate::stage::Stage;

/// Everything that can be tried in a chat.
const TRIED: [&str; 6] = [
    "hello",
    "/new",
    "/model",
    "/stop",
    "/help",
    "what did I say before?",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_nobody_is_told_how_to_link_it_and_nothing_else() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let holder = &stage.people.holder;
    let (theirs, nobodys) = (account(), account());
    stage.linked(holder, theirs).await?;
    let _ = stage.bot.say(theirs, &format!("{SAID} in a chat"));
    shows(&stage, theirs, SAID).await?;
    let before = stage.get(holder, "/api/conversations").await?;
    for text in TRIED {
        let _ = stage.bot.say(nobodys, text);
    }
    let _ = stage.bot.say(nobodys, "/link AAAAA-AAAAA");
    shows(&stage, nobodys, "not known").await?;
    let told = stage.bot.texts(nobodys).join("\n");
    assert!(!told.contains("marked"), "{told}");
    // Nor does it speak for the holder in a chat that is not theirs.
    let elsewhere = json!({"text": "hello", "chat": {"id": theirs, "type": "private"},
        "from": {"id": nobodys, "is_bot": false, "first_name": "Nobody"}});
    let _ = stage.bot.update(nobodys, &elsewhere);
    let _ = stage.bot.say(theirs, &format!("{SAID} again"));
    shows(&stage, theirs, "again").await?;
    let after = stage.get(holder, "/api/conversations").await?;
    assert_eq!(before["items"][0]["id"], after["items"][0]["id"]);
    let path = format!(
        "/api/conversations/{}/messages",
        after["items"][0]["id"].as_str().unwrap_or_default()
    );
    let messages = stage.get(holder, &path).await?.to_string();
    assert!(!messages.contains("hello"), "{messages}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_somebody_else_reaches_only_what_is_theirs() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let people = &stage.people;
    let (theirs, others) = (account(), account());
    stage.linked(&people.holder, theirs).await?;
    stage.linked(&people.stranger, others).await?;
    let _ = stage.bot.say(theirs, &format!("{SAID} in a chat"));
    shows(&stage, theirs, SAID).await?;
    let (_, running) = stage.hanging(&people.holder).await?;
    stage.reaches(&people.holder, &running, "running").await?;
    let _ = stage.bot.say(others, "my own words");
    shows(&stage, others, "my own words").await?;
    for text in TRIED {
        let _ = stage.bot.say(others, text);
    }
    // What is said in a chat is answered in order.
    let _ = stage.bot.say(others, "the end");
    shows(&stage, others, "the end").await?;
    let told = stage.bot.texts(others).join("\n");
    assert!(!told.contains("marked"), "{told}");
    assert!(!stage.bot.texts(theirs).join("\n").contains("my own words"));
    let run = stage
        .get(&people.holder, &format!("/api/runs/{running}"))
        .await?;
    assert_eq!(run["state"], "running", "a /stop reaches the own run alone");
    Ok(())
}

/// Waits until a message in a chat shows this.
async fn shows(stage: &Stage, chat: i64, text: &str) -> anyhow::Result<()> {
    eventually(text, async || {
        let texts = stage.bot.texts(chat);
        texts.iter().any(|one| one.contains(text)).then_some(())
    })
    .await
}
