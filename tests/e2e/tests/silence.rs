//! Runs of which nothing is heard.

use mosaic_e2e::{Event, Scene, World, gapless};
use mosaic_testkit::model_server::{Script, Turn};
use serde_json::json;

/// A watchdog that loses its patience soon.
fn impatient() -> Vec<(String, String)> {
    [
        ("MOSAIC_WATCHDOG__EVERY_MS", "200"),
        ("MOSAIC_WATCHDOG__SILENCE_MS", "1500"),
        ("MOSAIC_AGENT_WORKER__RUN_TIMEOUT_S", "5"),
        ("MOSAIC_AGENT_WORKER__TOOL_TIMEOUT_S", "2"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn told(events: &[Event]) -> bool {
    events.iter().any(|event| event.kind == "run.progress")
}

#[tokio::test]
async fn a_message_without_any_worker_is_told_about_and_answered_when_one_comes()
-> anyhow::Result<()> {
    let world = World::start(Scene {
        variables: impatient(),
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let run_id = world.send(&url, "hello").await?;
    let mut watcher = world.watch(&[&url], run_id)?;
    watcher.until(told).await?;
    let note = &watcher.events[1];
    assert_eq!((note.cursor.epoch, note.cursor.seq), (0, 2));
    let _worker = world.worker().await?;
    watcher.to_the_end().await?;
    gapless(&watcher.events)?;
    assert_eq!(watcher.events.last().unwrap().kind, "run.completed");
    Ok(())
}

#[tokio::test]
async fn a_tool_that_hangs_is_reported_and_a_model_that_hangs_fails_the_run() -> anyhow::Result<()>
{
    let script = Script::echo()
        .when("tool")
        .tool_call("probe", json!({}))
        .then_text("the tool hung")
        .when("model")
        .turn(Turn::hanging());
    let world = World::start(Scene {
        script: Some(script),
        hold_probe: true,
        variables: impatient(),
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let _worker = world.worker().await?;
    let tool = world.send(&url, "the tool, please").await?;
    let model = world.send(&url, "the model, please").await?;
    let mut watcher = world.watch(&[&url], tool)?;
    watcher.to_the_end().await?;
    let reported = watcher
        .events
        .iter()
        .find(|event| event.kind == "tool.completed")
        .unwrap();
    assert_eq!(
        reported.data["outcome"], "TOOL_OUTCOME_FAILED",
        "{reported:?}"
    );
    assert_eq!(watcher.events.last().unwrap().kind, "run.completed");
    assert_eq!(world.probe.calls(), 1, "what hung is not repeated");
    let mut watcher = world.watch(&[&url], model)?;
    watcher.to_the_end().await?;
    let end = watcher.events.last().unwrap();
    assert_eq!(
        (end.kind.as_str(), &end.data["code"]),
        ("run.failed", &json!("run_timeout"))
    );
    Ok(())
}
