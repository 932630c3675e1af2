//! Stopping runs, steering them, letting messages wait, and stopping workers.

#[path = "control/command.rs"]
mod command;

use std::time::Duration;

use mosaic_e2e::{Event, Scene, World, gapless};
use mosaic_testkit::model_server::{Script, Turn};
use serde_json::{Value, json};

fn slow(words: usize) -> Turn {
    let words: Vec<String> = (0..words).map(|n| format!("w{n}")).collect();
    Turn::text(&words.join(" ")).with_delays(Duration::ZERO, Duration::from_millis(50))
}

fn begun(events: &[Event]) -> bool {
    events.iter().any(|event| event.kind == "text.delta")
}

async fn conversation(world: &World, url: &str) -> anyhow::Result<String> {
    let conversation = world.call(url, "/api/conversations", json!({})).await?;
    Ok(conversation["id"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_stop_reaches_the_worker_at_once_and_keeps_what_was_said() -> anyhow::Result<()> {
    // The heartbeat is so slow that only the direct way can be quick.
    let variables = vec![
        (
            "MOSAIC_AGENT_WORKER__LEASE_MS".to_owned(),
            "120000".to_owned(),
        ),
        (
            "MOSAIC_AGENT_WORKER__HEARTBEAT_MS".to_owned(),
            "60000".to_owned(),
        ),
    ];
    let script = Script::answering(slow(600));
    let world = World::start(Scene {
        script: Some(script),
        variables,
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let _worker = world.worker().await?;
    let run_id = world.send(&url, "go").await?;
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.until(begun).await?;
    let asked = std::time::Instant::now();
    world
        .call(
            &url,
            &format!("/api/runs/{run_id}/stop"),
            json!({"reason": "enough"}),
        )
        .await?;
    watcher.to_the_end().await?;
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
    gapless(&watcher.events)?;
    let last = watcher.events.last().unwrap();
    assert_eq!(
        (last.kind.as_str(), &last.data["reason"]),
        ("run.cancelled", &json!("enough"))
    );
    Ok(())
}

#[tokio::test]
async fn a_message_steers_the_running_turn_unless_it_wants_to_wait() -> anyhow::Result<()> {
    let script = Script::echo()
        .when("go")
        .turn(slow(40))
        .when("also")
        .text("both answered")
        .when("later")
        .text("and later");
    let world = World::start(Scene {
        script: Some(script),
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let _worker = world.worker().await?;
    let id = conversation(&world, &url).await?;
    let run_id = world.send_to(&url, &id, json!({"content": "go"})).await?;
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.until(begun).await?;
    let joined = world
        .send_to(&url, &id, json!({"content": "also this"}))
        .await?;
    let waits = world
        .send_to(&url, &id, json!({"content": "later", "delivery": "wait"}))
        .await?;
    assert_eq!(
        joined, run_id,
        "by default a message joins the running turn"
    );
    assert_ne!(waits, run_id);
    watcher.to_the_end().await?;
    gapless(&watcher.events)?;
    let answer = |events: &[Event]| events.last().map(|event| event.data["content"].clone());
    assert_eq!(answer(&watcher.events), Some(Value::from("both answered")));
    let mut watcher = world.watch(&[&url], waits)?;
    watcher.to_the_end().await?;
    assert_eq!(answer(&watcher.events), Some(Value::from("and later")));
    Ok(())
}

#[tokio::test]
async fn a_worker_that_is_stopped_gives_its_run_to_another_within_the_grace() -> anyhow::Result<()>
{
    let variables = vec![("MOSAIC_SHUTDOWN__GRACE_S".to_owned(), "2".to_owned())];
    let script = Script::answering(slow(120));
    let world = World::start(Scene {
        script: Some(script),
        variables,
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let mut workers = vec![world.worker().await?];
    let run_id = world.send(&url, "go").await?;
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.until(begun).await?;
    workers.push(world.worker().await?);
    assert_eq!(workers[0].stop().await?, Some(0), "{}", workers[0].log());
    watcher.to_the_end().await?;
    gapless(&watcher.events)?;
    assert_eq!(watcher.events.last().unwrap().kind, "run.completed");
    Ok(())
}
