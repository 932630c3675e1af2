//! Bridges die, and others go on.

use std::time::Duration;

use mosaic_e2e::eventually;
use mosaic_testkit::model_server::{Script, Turn};

use super::stage::{ADA, Stage, slow_answer, whole_answer};

#[tokio::test]
async fn a_bridge_that_is_killed_goes_on_with_the_same_message() -> anyhow::Result<()> {
    let turn = Turn::text(&whole_answer()).with_delays(Duration::ZERO, Duration::from_millis(100));
    let mut stage = Stage::set(Script::echo().when("go").turn(turn)).await?;
    let before = stage.bot.chat(ADA).len();
    let _ = stage.bot.say(ADA, "go");
    let half = stage.shows(ADA, "w9").await?;
    stage.bridges[0].kill().await?;
    stage.bridges.clear();
    stage.add_bridge().await?;
    let whole = stage.shows(ADA, "w59").await?;
    assert_eq!(whole.id, half.id, "the same message");
    assert_eq!(whole.text, whole_answer());
    let answers = stage.bot.chat(ADA).split_off(before);
    assert_eq!(answers.len(), 1, "{answers:#?}");
    // It never showed less than before.
    let lengths: Vec<usize> = whole.earlier.iter().map(String::len).collect();
    assert!(lengths.is_sorted(), "{lengths:?}");
    Ok(())
}

#[tokio::test]
async fn of_two_bridges_one_asks_and_the_other_takes_over() -> anyhow::Result<()> {
    let mut stage = Stage::set(slow_answer()).await?;
    stage.add_bridge().await?;
    let before = stage.bot.chat(ADA).len();
    let _ = stage.bot.say(ADA, "go");
    stage.shows(ADA, "w3").await?;
    stage.bridges[0].kill().await?;
    let whole = stage.shows(ADA, "w59").await?;
    assert_eq!(whole.text, whole_answer());
    let _ = stage.bot.say(ADA, "and now?");
    stage.shows(ADA, "and now?").await?;
    let answers = stage.bot.chat(ADA).split_off(before);
    assert_eq!(answers.len(), 2, "{answers:#?}");
    Ok(())
}

#[tokio::test]
async fn an_answer_whose_worker_dies_is_taken_back_to_what_holds() -> anyhow::Result<()> {
    let mut stage = Stage::set(slow_answer()).await?;
    let before = stage.bot.chat(ADA).len();
    let second = stage.world.worker().await?;
    stage.others.push(second);
    let _ = stage.bot.say(ADA, "go");
    stage.shows(ADA, "w9").await?;
    let id = stage.conversation().await?;
    let runs = stage.get(&format!("/api/conversations/{id}/runs")).await?;
    let run = runs["items"][0]["id"]
        .as_str()
        .unwrap_or_default()
        .parse()?;
    let holder = stage.world.holder(run, &stage.others[1..]).await?;
    stage.others[1 + holder].kill().await?;
    let whole = stage.shows(ADA, "w59").await?;
    assert_eq!(whole.text, whole_answer());
    let answers = stage.bot.chat(ADA).split_off(before);
    assert_eq!(answers.len(), 1, "{answers:#?}");
    Ok(())
}

#[tokio::test]
async fn what_came_in_while_no_bridge_ran_is_answered_once() -> anyhow::Result<()> {
    let mut stage = Stage::set(Script::echo()).await?;
    let mut bridge = stage.bridges.remove(0);
    assert_eq!(bridge.stop().await?, Some(0), "{}", bridge.log());
    let _ = stage.bot.say(ADA, "anybody there?");
    stage.add_bridge().await?;
    stage.shows(ADA, "anybody there?").await?;
    let answers = eventually("the answer", async || {
        let texts = stage.bot.texts(ADA);
        let answers = texts.iter().filter(|text| text.contains("anybody")).count();
        (answers > 0).then_some(answers)
    });
    assert_eq!(answers.await?, 1);
    Ok(())
}
