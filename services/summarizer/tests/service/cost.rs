//! What a summary costs when it cannot be made at once, or not at all.

use std::time::Duration;

use mosaic_domain::SummaryKind::Compaction;
use mosaic_testkit::model_server::Script;
use mosaic_testkit::service::eventually;
use tokio::time::sleep;

use super::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_before_a_failure_is_not_read_again() -> anyhow::Result<()> {
    let script = Script::instant("What was said.")
        .when_call(2)
        .fail(503, "busy");
    let stage = Stage::set(script).await?;
    let conversation = stage.conversation().await?;
    stage.long_turns(conversation, 9).await?;
    let replica = stage.replica(|_| {}).await?;
    let made = stage.eventually(Compaction, 1).await?;
    let requests = stage.model.requests();
    let of = |text: &str| {
        let bodies = requests.iter().map(|one| one.body.to_string());
        bodies.filter(|body| body.contains(text)).count()
    };
    assert!(requests.len() >= 3, "{}", requests.len());
    assert_eq!(of("question 1."), 1, "the first piece was read once");
    assert!(of("by\\\":\\\"summary") >= 2, "the others stand behind it");
    // One token each, and what the attempt that failed had paid for is counted.
    let answered = i64::try_from(requests.len())? - 1;
    assert_eq!(made[0].output_tokens, answered, "{made:?}");
    let drafts = "SELECT count(*) FROM summary_drafts";
    assert_eq!(stage.database.number(drafts).await?, 0);
    replica.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_never_be_summarised_is_not_tried_again_with_every_message() -> anyhow::Result<()>
{
    let stage = Stage::set(Script::instant("x").with_key("another key")).await?;
    let replica = stage.replica(|_| {}).await?;
    let conversation = stage.conversation().await?;
    stage.long_turns(conversation, 7).await?;
    let dead = async |count: usize| {
        eventually("the dead letters", async || {
            let dead = stage.bus.queue("summaries").dead(10).await.ok()?;
            let resting = "SELECT count(*) FROM summary_drafts WHERE rest_until > now()";
            let resting = stage.database.number(resting).await.ok()?;
            (dead.len() == count && resting == 1).then_some(())
        })
        .await
    };
    dead(1).await?;
    stage.long_turns(conversation, 2).await?;
    sleep(Duration::from_secs(2)).await;
    dead(1).await?;
    assert_eq!(stage.open_jobs().await?, 0);
    let calls = stage.model.calls();

    let over = "UPDATE summary_drafts SET rest_until = now() - interval '1 s'";
    stage.database.execute(over).await?;
    stage.long_turns(conversation, 1).await?;
    dead(2).await?;
    assert_eq!(stage.model.calls(), calls + 1);
    replica.stop().await
}
