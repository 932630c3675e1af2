//! Conversations that outgrow their model's window.

use std::time::Duration;

use mosaic_domain::SummaryKind::Compaction;
use mosaic_storage::MessagePage;
use mosaic_testkit::model_server::{Chunks, Script, Turn};
use mosaic_testkit::service::eventually;

use super::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_long_conversation_is_compacted_once_and_goes_on_behind_the_summary() -> anyhow::Result<()>
{
    let stage = Stage::set(Script::instant("What was said before.")).await?;
    let (first, second) = tokio::try_join!(stage.replica(|_| {}), stage.replica(|_| {}))?;
    let conversation = stage.conversation().await?;
    stage.long_turns(conversation, 4).await?;
    // Begun before the compaction: when it is taken over it must see what it saw.
    let early = stage.ask(conversation, "still going").await?;
    assert!(early.summary.is_none() && early.history.len() == 8);
    stage.answer(&early, "yes").await?;
    stage.long_turns(conversation, 3).await?;

    let made = stage.eventually(Compaction, 1).await?.remove(0);
    assert_eq!(made.content, "What was said before.");
    assert_eq!(made.model, "openai/scripted");
    assert_eq!(made.first_ordinal, 1);
    assert!(made.output_tokens > 0 && made.input_tokens > 0, "{made:?}");
    let next = stage.ask(conversation, "and now?").await?;
    assert_eq!(next.summary.as_deref(), Some("What was said before."));
    let kept: usize = next.history.iter().map(|one| one.content.len()).sum();
    // A quarter of the window, and what came while the summary was written.
    assert!(kept < 20_000 && next.history.len() >= 4, "{kept}");
    assert!(next.history[0].content.starts_with("question"));
    let runs = i32::try_from(next.history.len() / 2)?;
    assert_eq!(runs, 8 - made.last_ordinal);

    let page = MessagePage::Newest;
    let all = stage
        .storage
        .messages(stage.scope, conversation, page, 100)
        .await?;
    assert_eq!(all.unwrap_or_default().len(), 17, "the originals stay");
    let calls = stage.model.calls();
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(stage.model.calls(), calls, "nobody makes it again");
    assert_eq!(stage.summaries(Compaction).await?.len(), 1);
    assert_eq!(stage.open_jobs().await?, 0);
    // What did not fit into one call was read in pieces, each behind the summary of those before it.
    let requests = stage.model.requests();
    let last = requests.last().map(|one| one.body.to_string());
    assert!(calls >= 2 && last.is_some_and(|body| body.contains("by\\\":\\\"summary")));
    first.stop().await?;
    second.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_taken_over_keeps_the_history_it_began_with() -> anyhow::Result<()> {
    let stage = Stage::set(Script::instant("Before.")).await?;
    let conversation = stage.conversation().await?;
    stage.long_turns(conversation, 8).await?;
    let run = stage.ask(conversation, "go on").await?;
    let begun = run.history.clone();
    let replica = stage.replica(|_| {}).await?;
    stage.eventually(Compaction, 1).await?;
    let lapse = format!(
        "UPDATE runs SET lease_until = now() - interval '1 s' WHERE id = '{}'",
        run.fence.run_id
    );
    stage.database.execute(&lapse).await?;
    let again = stage
        .claim(run.fence.run_id, Duration::from_mins(1))
        .await?;
    assert_eq!((again.summary.clone(), &again.history), (None, &begun));
    stage.answer(&again, "done").await?;
    let next = stage.ask(conversation, "next").await?;
    assert_eq!(next.summary.as_deref(), Some("Before."));
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_is_asked_again() -> anyhow::Result<()> {
    let script = Script::instant("Made at last.")
        .always()
        .times(2)
        .fail(503, "busy");
    let stage = Stage::set(script).await?;
    let replica = stage.replica(|_| {}).await?;
    let conversation = stage.conversation().await?;
    stage.long_turns(conversation, 7).await?;
    let made = stage.eventually(Compaction, 1).await?;
    assert_eq!(made[0].content, "Made at last.");
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_that_can_never_be_made_is_a_dead_letter_with_its_reason() -> anyhow::Result<()> {
    let stage = Stage::set(Script::instant("x").with_key("another key")).await?;
    let replica = stage.replica(|_| {}).await?;
    let conversation = stage.conversation().await?;
    stage.long_turns(conversation, 7).await?;
    let dead = eventually("the dead letter", async || {
        let dead = stage.bus.queue("summaries").dead(10).await.ok()?;
        dead.into_iter().next()
    })
    .await?;
    assert!(
        dead.reason.contains("providers.openai.api_key"),
        "{}",
        dead.reason
    );
    eventually("the end of the job", async || {
        (stage.open_jobs().await.ok()? == 0).then_some(())
    })
    .await?;
    assert!(stage.summaries(Compaction).await?.is_empty());
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_that_was_cut_off_is_written_again_with_more_room() -> anyhow::Result<()> {
    let cut = Turn {
        text: Chunks::Words("They said th".into()),
        finish: Some("length".into()),
        ..Turn::default()
    };
    let script = Script::instant("They said this.")
        .always()
        .times(1)
        .turn(cut);
    let stage = Stage::set(script).await?;
    let replica = stage.replica(|_| {}).await?;
    let conversation = stage.conversation().await?;
    stage.long_turns(conversation, 7).await?;
    let made = stage.eventually(Compaction, 1).await?;
    assert_eq!(made[0].content, "They said this.");
    let requests = stage.model.requests();
    let most = |call: usize| requests[call].body["max_tokens"].as_u64();
    assert_eq!(most(1), most(0).map(|tokens| 2 * tokens));
    assert!(most(0).is_some(), "{}", requests[0].body);
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_that_the_provider_withholds_is_not_recorded() -> anyhow::Result<()> {
    let withheld = Turn {
        text: Chunks::Words("They sa".into()),
        finish: Some("content_filter".into()),
        ..Turn::default()
    };
    let stage = Stage::set(Script::answering(withheld)).await?;
    let replica = stage.replica(|_| {}).await?;
    let conversation = stage.conversation().await?;
    stage.long_turns(conversation, 7).await?;
    let dead = eventually("the dead letter", async || {
        let dead = stage.bus.queue("summaries").dead(10).await.ok()?;
        dead.into_iter().next()
    })
    .await?;
    assert!(dead.reason.contains("withheld"), "{}", dead.reason);
    assert!(stage.summaries(Compaction).await?.is_empty());
    replica.stop().await
}
