//! After a week without updates Telegram numbers them anew, wherever it was.

use mosaic_testkit::model_server::Script;

use super::stage::{ADA, Stage};

#[tokio::test]
async fn what_is_said_after_a_silent_week_is_answered_though_its_number_is_lower()
-> anyhow::Result<()> {
    let stage = Stage::unlinked(Script::echo(), &[]).await?;
    stage.bot.count_anew(7_000);
    stage.link(ADA).await?;
    let _ = stage.bot.say(ADA, "before it");
    stage.shows(ADA, "before it").await?;
    // The same bridge leads all the while.
    stage
        .sql("UPDATE channel_inbox SET received_at = received_at - interval '7 days'")
        .await?;
    stage.bot.count_anew(300);
    let _ = stage.bot.say(ADA, "after it");
    stage.shows(ADA, "after it").await?;
    let _ = stage.bot.say(ADA, "and on");
    stage.shows(ADA, "and on").await?;
    let polls = stage.bot.calls("getUpdates");
    let offset = polls.last().and_then(|call| call.body["offset"].as_i64());
    assert_eq!(offset, Some(302), "it goes on behind the new numbers");
    Ok(())
}
