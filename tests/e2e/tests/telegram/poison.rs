//! Updates that fail however often they come.

use mosaic_e2e::eventually;
use mosaic_testkit::model_server::Script;

use super::stage::{ADA, Stage};
use super::webhook::{MORE, SECRET, deliver, message};

/// Makes the record refuse one text.
const POISON: &str = "ALTER TABLE messages ADD CHECK (content <> 'poison')";
/// As if what fails had begun to fail a while ago.
const LATER: &str = "UPDATE channel_inbox SET received_at = received_at - interval '1 minute'
                     WHERE state = 'failing'";

#[tokio::test]
async fn an_update_that_always_fails_does_not_block_a_webhook_for_ever() -> anyhow::Result<()> {
    let stage = Stage::unlinked(Script::echo(), &MORE).await?;
    stage.sql(POISON).await?;
    let code = stage.code().await?;
    let link = message(1, &format!("/start {code}"));
    assert_eq!(deliver(&stage, Some(SECRET), &link).await?.0, 200);
    stage.shows(ADA, "is linked to").await?;
    let poison = message(2, "poison");
    for attempt in 1..=4 {
        let (status, _) = deliver(&stage, Some(SECRET), &poison).await?;
        assert_eq!(status, 503, "attempt {attempt}");
        stage.sql(LATER).await?;
    }
    // Telegram would never bring the next before this one is taken.
    for _ in 0..2 {
        assert_eq!(deliver(&stage, Some(SECRET), &poison).await?.0, 200);
    }
    assert!(stage.logs().contains("an update is set aside"));
    let next = message(3, "behind it");
    assert_eq!(deliver(&stage, Some(SECRET), &next).await?.0, 200);
    stage.shows(ADA, "behind it").await?;
    let counted = stage.metrics().await?;
    assert_eq!(counter(&counted, "set aside"), Some(1), "{counted}");
    assert_eq!(counter(&counted, "failed"), Some(5), "{counted}");
    Ok(())
}

#[tokio::test]
async fn an_update_that_always_fails_does_not_block_polling_for_ever() -> anyhow::Result<()> {
    let stage = Stage::set(Script::echo()).await?;
    stage.sql(POISON).await?;
    let _ = stage.bot.say(ADA, "poison");
    let _ = stage.bot.say(ADA, "behind it");
    eventually("it to be set aside", async || {
        stage.sql(LATER).await.ok()?;
        let logs = stage.logs();
        logs.contains("an update is set aside").then_some(())
    })
    .await?;
    stage.shows(ADA, "behind it").await?;
    Ok(())
}

/// How many updates had this outcome.
fn counter(metrics: &str, outcome: &str) -> Option<u64> {
    let label = format!("outcome=\"{outcome}\"");
    let line = metrics
        .lines()
        .find(|line| line.starts_with("channel_updates") && line.contains(&label))?;
    line.rsplit(' ').next()?.parse().ok()
}
