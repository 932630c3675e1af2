//! Clients that lose their connection.

use std::time::Duration;

use mosaic_e2e::{Scene, World, gapless};
use mosaic_testkit::model_server::{Script, Turn};

#[tokio::test]
async fn a_client_that_drops_and_resumes_through_another_gateway_sees_every_event_once()
-> anyhow::Result<()> {
    let words: Vec<String> = (0..60).map(|n| format!("w{n}")).collect();
    let answer =
        Turn::text(&words.join(" ")).with_delays(Duration::ZERO, Duration::from_millis(30));
    let script = Script::answering(answer);
    let world = World::start(Scene {
        script: Some(script),
        ..Scene::default()
    })
    .await?;
    let (_one, first) = world.gateway().await?;
    let (_two, second) = world.gateway().await?;
    let _worker = world.worker().await?;
    let run_id = world.send(&first, "go").await?;
    let mut watcher = world.watch(&[&first, &second], run_id)?;
    // A new connection, to the other gateway, after every few events.
    for count in (3..).step_by(7) {
        watcher.until(|events| events.len() >= count).await?;
        if watcher
            .events
            .last()
            .is_some_and(|event| event.kind == "run.completed")
        {
            break;
        }
    }
    gapless(&watcher.events)?;
    // Long after the end, from the middle.
    let middle = watcher.events.len() / 2;
    let mut late = world.watch(&[&second], run_id)?;
    late.events = watcher.events[..middle].to_vec();
    late.to_the_end().await?;
    assert_eq!(late.events, watcher.events);
    Ok(())
}
