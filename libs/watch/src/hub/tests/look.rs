//! Looking for what comes next in a conversation.

use std::sync::Arc;
use std::time::Duration;

use mosaic_domain::Cursor;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::stage::{CONNECTIONS, LIMIT, POLL, Stage};
use crate::conversation::{ConversationWatch, Start};
use crate::lookout::{Lookout, Next};

/// The ordinal of the run that was found, 0 if there is none.
fn ordinal(next: &Next) -> anyhow::Result<u32> {
    match next {
        Next::Run(found) => Ok(found.run.ordinal),
        Next::Nothing => Ok(0),
        Next::Gone | Next::Unknown => anyhow::bail!("{next:?}"),
    }
}

fn look(lookout: &Arc<Lookout>, after: u32) -> JoinHandle<anyhow::Result<Next>> {
    let lookout = Arc::clone(lookout);
    TaskTracker::new().spawn(async move { Ok(timeout(LIMIT, lookout.next(after)).await??) })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_who_ask_at_once_cost_two_questions() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.ask().await?;
    stage.storage.close().await;
    let before = stage.looks().await?;
    let hub = stage.hub(POLL).await?;
    let lookout = hub.lookout(stage.scope, stage.conversation);
    let mut asking = JoinSet::new();
    for _ in 0..1_000 {
        asking.spawn(look(&lookout, 0));
    }
    while let Some(next) = asking.join_next().await {
        assert_eq!(ordinal(&next???)?, 1);
    }
    hub.storage().close().await;
    let looks = stage.looks().await? - before;
    // A question looks at runs twice, and one more may go out to somebody who came late.
    assert!((2..=8).contains(&looks), "{looks}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_born_while_a_question_is_out_is_seen_by_who_asks_after_it() -> anyhow::Result<()> {
    const BIRTH: &str =
        "BEGIN; LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE; SELECT pg_advisory_lock(1);
         UPDATE runs SET ordinal = 2; COMMIT";
    let stage = Stage::set().await?;
    stage.ask().await?;
    let hub = stage.hub(POLL).await?;
    let lookout = hub.lookout(stage.scope, stage.conversation);
    // The run becomes the second one when the latch goes; until then nobody learns that the conversation is still there.
    let latch = stage.database.hold("SELECT pg_advisory_lock(1)").await?;
    let (birth, stage) = (stage.database.execute(BIRTH), &stage);
    let asking = async {
        stage.blocked(1).await?;
        let first = look(&lookout, 1);
        // The question has seen that there is no second run.
        stage.blocked(2).await?;
        let second = look(&lookout, 1);
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(latch);
        anyhow::Ok((first.await??, second.await??))
    };
    let ((), (first, second)) = tokio::try_join!(birth, asking)?;
    assert_eq!(ordinal(&first)?, 0);
    assert_eq!(ordinal(&second)?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_may_go_away_and_the_next_one_asks() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.ask().await?;
    let hub = stage.hub(POLL).await?;
    let lookout = hub.lookout(stage.scope, stage.conversation);
    let lock = "LOCK TABLE runs IN ACCESS EXCLUSIVE MODE";
    let held = stage.database.hold(lock).await?;
    let first = look(&lookout, 0);
    stage.blocked(1).await?;
    let second = look(&lookout, 0);
    first.abort();
    assert!(first.await.is_err_and(|error| error.is_cancelled()));
    drop(held);
    assert_eq!(ordinal(&second.await??)?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_stand_elsewhere_get_their_own_answer() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.ask().await?;
    stage.ask().await?;
    let hub = stage.hub(POLL).await?;
    let lookout = hub.lookout(stage.scope, stage.conversation);
    let places = [0, 1, 2, 7, 2, 1, 0, 0, 1, 2];
    let asking = places.map(|after| look(&lookout, after));
    for (after, next) in places.into_iter().zip(asking) {
        let expected = if after < 2 { after + 1 } else { 0 };
        assert_eq!(ordinal(&next.await??)?, expected, "after {after}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_away_is_found_out_once_for_all() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.ask().await?;
    let hub = stage.hub(POLL).await?;
    let lookout = hub.lookout(stage.scope, stage.conversation);
    let mut taken = Vec::new();
    for _ in 0..CONNECTIONS {
        taken.push(hub.storage().scoped(&stage.scope).await?);
    }
    let mut asking = JoinSet::new();
    for _ in 0..100 {
        asking.spawn(look(&lookout, 0));
    }
    // Each time-out takes a second.
    let all = timeout(Duration::from_secs(10), asking.join_all()).await?;
    for next in all {
        assert!(matches!(next??, Next::Unknown));
    }
    drop(taken);
    assert_eq!(ordinal(&look(&lookout, 0).await??)?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_the_answers_of_others() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    stage.ask().await?;
    let stranger = stage.stranger().await?;
    let hub = stage.hub(POLL).await?;
    let own = hub.lookout(stage.scope, stage.conversation);
    let foreign = hub.lookout(stranger, stage.conversation);
    let asking = [&own, &foreign, &own, &foreign].map(|lookout| look(lookout, 0));
    for (number, next) in asking.into_iter().enumerate() {
        let next = next.await??;
        assert_eq!(matches!(next, Next::Gone), number % 2 == 1, "{next:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lookout_goes_with_its_last_watcher() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let hub = stage.hub(POLL).await?;
    let (scope, id) = (stage.scope, stage.conversation);
    let open = || ConversationWatch::open(hub.clone(), scope, id, Start::Active);
    let (one, two) = (open().await?, open().await?);
    assert_eq!(hub.inner.lookouts().len(), 1);
    drop(one);
    assert_eq!(hub.inner.lookouts().len(), 1);
    drop(two);
    assert_eq!(hub.inner.lookouts().len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_conversation_ends_all_its_watches() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let hub = stage.hub(POLL).await?;
    let (scope, id) = (stage.scope, stage.conversation);
    let mut watching = JoinSet::new();
    for _ in 0..50 {
        let mut watch = ConversationWatch::open(hub.clone(), scope, id, Start::Active).await?;
        watching.spawn(async move { anyhow::Ok(timeout(LIMIT, watch.next()).await??) });
    }
    assert!(stage.storage.delete_conversation(scope, id).await?);
    stage.bus.ring_conversation(id).await?;
    while let Some(seen) = watching.join_next().await {
        assert!(seen??.is_none());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_a_thousand_watch_is_asked_about_a_few_times() -> anyhow::Result<()> {
    let stage = Stage::set().await?;
    let hub = stage.hub(POLL).await?;
    let (scope, id) = (stage.scope, stage.conversation);
    let mut watches = Vec::new();
    for _ in 0..1_000 {
        watches.push(ConversationWatch::open(hub.clone(), scope, id, Start::Active).await?);
    }
    let mut watching = JoinSet::new();
    for mut watch in watches {
        watching.spawn(async move {
            let mut seen = Vec::new();
            while seen.len() < 13 {
                let Some(frame) = timeout(LIMIT, watch.next()).await?? else {
                    anyhow::bail!("the conversation is there");
                };
                seen.push(frame.cursor());
            }
            Ok(seen)
        });
    }
    let (_, mut worker) = stage.work().await?;
    stage.bus.ring_conversation(id).await?;
    worker.say(10).await?;
    worker.complete().await?;
    let whole = (1..=13).map(|seq| Cursor::new(u32::from(seq > 1), seq));
    let whole: Vec<_> = whole.collect();
    while let Some(seen) = watching.join_next().await {
        assert_eq!(seen??, whole);
    }
    hub.storage().close().await;
    stage.storage.close().await;
    let looks = stage.looks().await?;
    // Each has looked once to begin, at what was there.
    assert!((1_000..1_200).contains(&looks), "{looks}");
    Ok(())
}
