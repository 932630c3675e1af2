//! Commanding runs and workers with real processes, some of which are stopped, dead or cut off.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use mosaic_domain::{Cursor, RunId, RunState};
use mosaic_e2e::{Process, Scene, World, eventually, gapless};
use mosaic_testkit::model_server::Script;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::{begun, conversation, slow};

/// So slow a heartbeat that only the direct way to a worker can be quick.
fn slow_heartbeat() -> Vec<(String, String)> {
    let set = |name: &str, value: &str| (format!("MOSAIC_AGENT_WORKER__{name}"), value.to_owned());
    vec![set("LEASE_MS", "120000"), set("HEARTBEAT_MS", "60000")]
}

/// `go` calls the tool once and then answers; everything else is answered slowly.
fn script() -> Script {
    Script::answering(slow(400))
        .when("go")
        .tool_call("probe", json!({}))
        .then_text("done")
        .when("quick")
        .text("at once")
}

async fn post(world: &World, url: &str, path: &str, body: Value) -> anyhow::Result<Value> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(mosaic_e2e::PATIENCE)
        .build()?;
    let request = client
        .post(format!("{url}{path}"))
        .bearer_auth(&world.token);
    let answer = request.json(&body).send().await?;
    let (status, text) = (answer.status(), answer.text().await?);
    anyhow::ensure!(status.is_success(), "{status}: {text}");
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_str(&text)?)
}

async fn command(
    world: &World,
    url: &str,
    run: RunId,
    what: &str,
    body: Value,
) -> anyhow::Result<Value> {
    post(world, url, &format!("/api/runs/{run}/{what}"), body).await
}

/// Waits until a run stands like this.
async fn stands(world: &World, run: RunId, state: RunState) -> anyhow::Result<()> {
    let what = format!("the run to be {}", state.as_str());
    eventually(&what, async || {
        let run = world.storage.run(world.scope, run).await.ok()??;
        (run.state == state).then_some(())
    })
    .await
}

async fn called(world: &World) -> anyhow::Result<()> {
    let called = async || (world.probe.calls() == 1).then_some(());
    eventually("the tool to be called", called).await
}

/// How a worker is called in the register.
async fn id_of(world: &World, worker: &Process) -> anyhow::Result<String> {
    let instances = world.storage.instances(mosaic_e2e::PATIENCE).await?;
    let mut found = instances.into_iter();
    let found = found.find(|one| one.admin_address == worker.admin.to_string());
    Ok(found.context("a worker is registered")?.id.to_string())
}

#[tokio::test]
async fn a_paused_run_outlives_its_worker_and_goes_on_at_another_without_repeating_anything()
-> anyhow::Result<()> {
    let world = World::start(Scene {
        script: Some(script()),
        hold_probe: true,
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let mut first = world.worker().await?;
    let run = world.send(&url, "go").await?;
    called(&world).await?;
    let asked = command(&world, &url, run, "pause", json!({"reason": "lunch"})).await?;
    assert_eq!(
        (&asked["state"], &asked["requested"]),
        (&json!("running"), &json!("pause"))
    );
    world.probe.release();
    stands(&world, run, RunState::Paused).await?;
    assert_eq!(
        world.recorded_steps(run).await?,
        ["1 model completed", "2 tool completed"]
    );
    let mut watcher = world.watch(&[&url], run)?;
    watcher
        .until(|events| {
            events
                .last()
                .is_some_and(|event| event.kind == "run.paused")
        })
        .await?;
    first.kill().await?;
    let _second = world.worker().await?;
    assert_eq!(
        command(&world, &url, run, "resume", json!({})).await?["state"],
        "queued"
    );
    watcher.to_the_end().await?;
    gapless(&watcher.events)?;
    let last = watcher.events.last().context("an end")?;
    assert_eq!(
        (last.kind.as_str(), &last.data["content"]),
        ("run.completed", &json!("done"))
    );
    assert_eq!(world.probe.calls(), 1, "the tool ran once");
    let steps = ["1 model completed", "2 tool completed", "3 model completed"];
    assert_eq!(world.recorded_steps(run).await?, steps);
    Ok(())
}

#[tokio::test]
async fn a_pause_that_its_worker_did_not_live_to_carry_out_is_carried_out_by_the_next()
-> anyhow::Result<()> {
    let world = World::start(Scene {
        script: Some(script()),
        hold_probe: true,
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let mut first = world.worker().await?;
    let run = world.send(&url, "go").await?;
    called(&world).await?;
    command(&world, &url, run, "pause", json!({})).await?;
    first.kill().await?;
    let _second = world.worker().await?;
    stands(&world, run, RunState::Paused).await?;
    command(&world, &url, run, "resume", json!({})).await?;
    let mut watcher = world.watch(&[&url], run)?;
    watcher.to_the_end().await?;
    gapless(&watcher.events)?;
    let kinds: Vec<_> = watcher
        .events
        .iter()
        .map(|event| event.kind.as_str())
        .collect();
    let life = |kind: &&&str| kind.starts_with("run.") && **kind != "run.progress";
    let life: Vec<_> = kinds.iter().filter(life).copied().collect();
    let expected = [
        "run.accepted",
        "run.started",
        "run.resumed",
        "run.paused",
        "run.resumed",
        "run.completed",
    ];
    assert_eq!(life, expected);
    assert_eq!(
        world.probe.calls(),
        1,
        "a tool that may have run is not repeated"
    );
    Ok(())
}

#[tokio::test]
async fn a_run_whose_worker_hangs_is_killed_at_once_and_the_worker_writes_nothing_when_it_wakes()
-> anyhow::Result<()> {
    let world = World::start(Scene {
        script: Some(script()),
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let worker = world.worker().await?;
    let run = world.send(&url, "talk").await?;
    let mut watcher = world.watch(&[&url], run)?;
    watcher.until(begun).await?;
    worker.signal(Signal::SIGSTOP)?;
    let asked = Instant::now();
    let killed = command(&world, &url, run, "kill", json!({"reason": "it hangs"})).await?;
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(
        (&killed["state"], &killed["endReason"]),
        (&json!("killed"), &json!("it hangs"))
    );
    watcher.to_the_end().await?;
    gapless(&watcher.events)?;
    assert_eq!(
        watcher.events.last().map(|event| event.kind.as_str()),
        Some("run.killed")
    );
    let before = world
        .storage
        .run_log(run, Cursor::START, usize::MAX)
        .await?
        .len();

    worker.signal(Signal::SIGCONT)?;
    let next = world.send(&url, "go").await?;
    let mut later = world.watch(&[&url], next)?;
    later.to_the_end().await?;
    assert_eq!(
        later.events.last().map(|event| event.kind.as_str()),
        Some("run.completed")
    );
    let after = world
        .storage
        .run_log(run, Cursor::START, usize::MAX)
        .await?
        .len();
    assert_eq!(before, after, "the log of the killed run has not grown");
    let stored = world
        .storage
        .run(world.scope, run)
        .await?
        .context("the run")?;
    assert_eq!(
        (stored.state, stored.output_message_id),
        (RunState::Killed, None)
    );
    let mut again = world.watch(&[&url], run)?;
    again.to_the_end().await?;
    assert_eq!(again.events, watcher.events);
    Ok(())
}

#[tokio::test]
async fn runs_are_commanded_while_valkey_is_away() -> anyhow::Result<()> {
    let mut world = World::start(Scene {
        script: Some(script()),
        hold_probe: true,
        variables: slow_heartbeat(),
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let _worker = world.worker().await?;
    let paused = world.send(&url, "go").await?;
    called(&world).await?;
    let (stopped, killed) = (
        world.send(&url, "talk").await?,
        world.send(&url, "talk").await?,
    );
    for run in [stopped, killed] {
        let mut watcher = world.watch(&[&url], run)?;
        watcher.until(begun).await?;
    }
    world.valkey.kill().await;
    command(&world, &url, paused, "pause", json!({})).await?;
    world.probe.release();
    command(&world, &url, stopped, "stop", json!({})).await?;
    command(&world, &url, killed, "kill", json!({"reason": "enough"})).await?;
    stands(&world, killed, RunState::Killed).await?;
    stands(&world, stopped, RunState::Cancelled).await?;
    stands(&world, paused, RunState::Paused).await?;
    let said = json!({"content": "be quick"});
    let sent = command(&world, &url, paused, "inject", said).await?;
    assert_eq!(sent["acceptance"], "joined");
    assert_eq!(
        command(&world, &url, paused, "resume", json!({})).await?["state"],
        "queued"
    );
    world.valkey.wipe().await?;
    for (run, end) in [
        (paused, "run.completed"),
        (stopped, "run.cancelled"),
        (killed, "run.killed"),
    ] {
        let mut watcher = world.watch(&[&url], run)?;
        watcher.to_the_end().await?;
        assert_eq!(
            watcher.events.last().map(|event| event.kind.as_str()),
            Some(end)
        );
        gapless(&watcher.events)?;
    }
    assert_eq!(world.probe.calls(), 1);
    Ok(())
}

#[tokio::test]
async fn a_drained_worker_finishes_what_it_has_and_new_runs_go_elsewhere() -> anyhow::Result<()> {
    let script = Script::answering(slow(60)).when("quick").text("at once");
    let world = World::start(Scene {
        script: Some(script),
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let workers = vec![world.worker().await?, world.worker().await?];
    let run = world.send(&url, "talk").await?;
    let holder = world.holder(run, &workers).await?;
    let drained = id_of(&world, &workers[holder]).await?;
    let reason = json!({"reason": "an upgrade"});
    post(
        &world,
        &url,
        &format!("/api/workers/{drained}/drain"),
        reason.clone(),
    )
    .await?;
    let worker_of = async |run: RunId| -> anyhow::Result<String> {
        let mut watcher = world.watch(&[&url], run)?;
        watcher.to_the_end().await?;
        let run = world
            .storage
            .run(world.scope, run)
            .await?
            .context("the run")?;
        assert_eq!(run.state, RunState::Completed);
        Ok(run.worker_id.context("a worker")?.to_string())
    };
    for _ in 0..6 {
        let next = world.send(&url, "quick").await?;
        assert_ne!(worker_of(next).await?, drained);
    }
    assert_eq!(worker_of(run).await?, drained, "it finishes what it has");

    let other = id_of(&world, &workers[1 - holder]).await?;
    post(
        &world,
        &url,
        &format!("/api/workers/{drained}/resume"),
        reason.clone(),
    )
    .await?;
    post(&world, &url, &format!("/api/workers/{other}/drain"), reason).await?;
    let next = world.send(&url, "quick").await?;
    assert_eq!(worker_of(next).await?, drained, "it takes runs again");
    Ok(())
}

#[tokio::test]
async fn everything_is_killed_at_once_whatever_it_does() -> anyhow::Result<()> {
    let world = World::start(Scene {
        script: Some(script()),
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let _worker = world.worker().await?;
    let id = conversation(&world, &url).await?;
    let running = world.send_to(&url, &id, json!({"content": "talk"})).await?;
    let waits = json!({"content": "later", "delivery": "wait"});
    let waiting = world.send_to(&url, &id, waits).await?;
    let mut watcher = world.watch(&[&url], running)?;
    watcher.until(begun).await?;
    command(&world, &url, waiting, "pause", json!({})).await?;
    let body = json!({"reason": "an emergency", "scope": "workspace"});
    assert_eq!(
        post(&world, &url, "/api/runs/kill", body.clone()).await?["killed"],
        2
    );
    watcher.to_the_end().await?;
    gapless(&watcher.events)?;
    assert_eq!(
        watcher.events.last().map(|event| event.kind.as_str()),
        Some("run.killed")
    );
    stands(&world, waiting, RunState::Killed).await?;
    assert_eq!(
        post(&world, &url, "/api/runs/kill", body).await?["killed"],
        0
    );
    let next = world.send_to(&url, &id, json!({"content": "go"})).await?;
    let mut watcher = world.watch(&[&url], next)?;
    watcher.to_the_end().await?;
    assert_eq!(
        watcher.events.last().map(|event| event.kind.as_str()),
        Some("run.completed")
    );
    Ok(())
}
