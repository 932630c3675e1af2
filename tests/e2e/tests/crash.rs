//! Workers, Valkey and Postgres die in the middle of an answer.

use std::time::Duration;

use mosaic_e2e::{Event, Process, Scene, World, eventually, gapless, text_after_rewinds};
use mosaic_testkit::model_server::{Script, Turn};
use serde_json::json;

const WORDS: usize = 60;

/// A tool call, then an answer that takes about three seconds to say.
fn slow_answer() -> Script {
    let answer = Turn::text(&whole_answer()).with_delays(Duration::ZERO, Duration::from_millis(50));
    Script::echo()
        .when("go")
        .tool_call("probe", json!({}))
        .turn(answer)
}

fn whole_answer() -> String {
    let words: Vec<String> = (0..WORDS).map(|n| format!("w{n}")).collect();
    words.join(" ")
}

fn half_way(events: &[Event]) -> bool {
    events
        .iter()
        .filter(|event| event.kind == "text.delta")
        .count()
        >= WORDS / 4
}

async fn settled(
    world: &World,
    events: &[Event],
    run_id: mosaic_domain::RunId,
) -> anyhow::Result<()> {
    gapless(events)?;
    let last = events.last().map(|event| event.kind.as_str());
    assert_eq!(last, Some("run.completed"), "{:?}", events.last());
    assert_eq!(text_after_rewinds(events), whole_answer());
    assert_eq!(world.probe.calls(), 1, "the tool ran once");
    let steps = world.recorded_steps(run_id).await?;
    assert_eq!(
        steps,
        ["1 model completed", "2 tool completed", "3 model completed"]
    );
    Ok(())
}

async fn two_workers(world: &World) -> anyhow::Result<Vec<Process>> {
    Ok(vec![world.worker().await?, world.worker().await?])
}

#[tokio::test]
async fn an_answer_survives_the_death_of_its_worker() -> anyhow::Result<()> {
    let world = World::start(Scene {
        script: Some(slow_answer()),
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let mut workers = two_workers(&world).await?;
    let run_id = world.send(&url, "go").await?;
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.until(half_way).await?;
    let holder = world.holder(run_id, &workers).await?;
    workers[holder].kill().await?;
    watcher.to_the_end().await?;
    settled(&world, &watcher.events, run_id).await?;
    assert_eq!(
        watcher
            .events
            .iter()
            .filter(|event| event.kind == "run.resumed")
            .count(),
        1
    );
    // Whoever comes later reads the same log, from the record alone.
    let mut later = world.watch(&[&url], run_id)?;
    later.to_the_end().await?;
    assert_eq!(later.events, watcher.events);
    Ok(())
}

#[tokio::test]
async fn a_tool_whose_worker_died_is_reported_as_unknown_and_not_repeated() -> anyhow::Result<()> {
    let script = Script::echo()
        .when("go")
        .tool_call("probe", json!({}))
        .then_text("done");
    let world = World::start(Scene {
        script: Some(script),
        hold_probe: true,
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let mut workers = two_workers(&world).await?;
    let run_id = world.send(&url, "go").await?;
    let called = async || (world.probe.calls() == 1).then_some(());
    eventually("the tool to be called", called).await?;
    let holder = world.holder(run_id, &workers).await?;
    workers[holder].kill().await?;
    world.probe.release();
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.to_the_end().await?;
    gapless(&watcher.events)?;
    let outcome = watcher
        .events
        .iter()
        .find(|event| event.kind == "tool.completed")
        .unwrap();
    assert_eq!(outcome.data["outcome"], "TOOL_OUTCOME_UNKNOWN");
    assert_eq!(world.probe.calls(), 1);
    assert_eq!(watcher.events.last().unwrap().kind, "run.completed");
    Ok(())
}

#[tokio::test]
async fn an_answer_survives_a_valkey_that_is_killed_and_comes_back_empty() -> anyhow::Result<()> {
    let mut world = World::start(Scene {
        script: Some(slow_answer()),
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let _workers = two_workers(&world).await?;
    let run_id = world.send(&url, "go").await?;
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.until(half_way).await?;
    world.valkey.wipe().await?;
    watcher.to_the_end().await?;
    settled(&world, &watcher.events, run_id).await?;
    // What was accepted while the queue was empty or gone is answered too.
    let next = world.send(&url, "hello again").await?;
    let mut watcher = world.watch(&[&url], next)?;
    watcher.to_the_end().await?;
    assert_eq!(watcher.events.last().unwrap().kind, "run.completed");
    Ok(())
}

#[tokio::test]
async fn an_accepted_message_is_answered_although_valkey_was_away_when_it_came()
-> anyhow::Result<()> {
    let mut world = World::start(Scene::default()).await?;
    let (_gateway, url) = world.gateway().await?;
    let _worker = world.worker().await?;
    world.valkey.kill().await;
    let run_id = world.send(&url, "hello").await?;
    world.valkey.wipe().await?;
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.to_the_end().await?;
    gapless(&watcher.events)?;
    assert_eq!(watcher.events.last().unwrap().kind, "run.completed");
    Ok(())
}

#[tokio::test]
async fn an_answer_survives_a_restart_of_postgres() -> anyhow::Result<()> {
    let mut world = World::start(Scene {
        script: Some(slow_answer()),
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let _workers = two_workers(&world).await?;
    let run_id = world.send(&url, "go").await?;
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.until(half_way).await?;
    world.postgres.kill().await;
    world.postgres.restart().await?;
    watcher.to_the_end().await?;
    settled(&world, &watcher.events, run_id).await
}

#[tokio::test]
async fn everything_dies_at_once_and_the_answer_still_comes() -> anyhow::Result<()> {
    let mut world = World::start(Scene {
        script: Some(slow_answer()),
        ..Scene::default()
    })
    .await?;
    let (mut gateway, url) = world.gateway().await?;
    let mut workers = two_workers(&world).await?;
    let run_id = world.send(&url, "go").await?;
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.until(half_way).await?;
    gateway.kill().await?;
    for worker in &mut workers {
        worker.kill().await?;
    }
    world.valkey.wipe().await?;
    world.postgres.kill().await;
    world.postgres.restart().await?;
    let (_gateway, url) = world.gateway().await?;
    let _worker = world.worker().await?;
    // Nobody is left who knows how far watchers had come, so the log goes on from the record in a later epoch.
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.to_the_end().await?;
    settled(&world, &watcher.events, run_id).await
}
