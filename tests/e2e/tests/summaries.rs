//! A conversation outgrows its model's window, and the one who summarises it is killed in the middle.

use std::time::Duration;

use anyhow::Context as _;
use mosaic_domain::SummaryKind::Compaction;
use mosaic_e2e::{PATIENCE, Process, Scene, World, eventually};
use mosaic_testkit::model_server::{RecordedRequest, Script, Turn};
use serde_json::{Value, json};

/// What only a request for a summary says.
const TASK: &str = "The conversation, one message a line as JSON";
const SUMMARY: &str = "They counted sheep.";
/// The model's window in tokens: about 80,000 bytes.
const WINDOW: usize = 20_000;

fn script() -> Script {
    let slow = Turn::text(SUMMARY).with_delays(Duration::from_secs(5), Duration::ZERO);
    Script::echo()
        .when(TASK)
        .times(1)
        .turn(slow)
        .when(TASK)
        .text(SUMMARY)
}

async fn summarizer(world: &World) -> anyhow::Result<Process> {
    world.service("mosaic-summarizer", "SUMMARIZER", &[]).await
}

fn is_task(request: &RecordedRequest) -> bool {
    request.body.to_string().contains(TASK)
}

async fn messages(world: &World, url: &str, conversation: &str) -> anyhow::Result<usize> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()?;
    let path = format!("{url}/api/conversations/{conversation}/messages?limit=200");
    let answer = client.get(path).bearer_auth(&world.token).send().await?;
    let list: Value = answer.error_for_status()?.json().await?;
    Ok(list["items"].as_array().context("no list")?.len())
}

#[tokio::test]
async fn a_long_conversation_is_compacted_although_the_summarizer_is_killed_in_the_middle()
-> anyhow::Result<()> {
    let window = (
        "MOSAIC_PROVIDERS__OPENAI__CONTEXT_WINDOW",
        WINDOW.to_string(),
    );
    let world = World::start(Scene {
        script: Some(script()),
        variables: vec![(window.0.to_owned(), window.1)],
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let _worker = world.worker().await?;
    let mut first = summarizer(&world).await?;
    let conversation = world.call(&url, "/api/conversations", json!({})).await?;
    let conversation = conversation["id"].as_str().context("no id")?;
    // Each message is repeated by the model, so a turn weighs twice as much.
    let say = async |text: String| {
        let run = world
            .send_to(&url, conversation, json!({"content": text}))
            .await?;
        world.watch(&[&url], run)?.to_the_end().await
    };
    let sheep = |number: usize| format!("sheep {number} {}", "m".repeat(6_000));
    for number in 1..=5 {
        say(sheep(number)).await?;
    }
    assert!(
        !world.model.requests().iter().any(is_task),
        "it is not long yet"
    );
    say(sheep(6)).await?;
    let asked = |requests: &[RecordedRequest]| requests.iter().any(is_task);
    assert!(
        world.model.wait_until(PATIENCE, asked).await,
        "nobody summarises"
    );
    first.kill().await?;
    let _second = summarizer(&world).await?;
    let made = eventually("the summary", async || {
        let all = world
            .storage
            .summaries(world.scope, None, Some(Compaction), None, 9);
        all.await.ok().filter(|all| !all.is_empty())
    })
    .await?;
    assert_eq!((made.len(), made[0].content.as_str()), (1, SUMMARY));

    say("How many were they?".to_owned()).await?;
    let requests = world.model.requests();
    let last = requests.last().context("no request")?.body.to_string();
    assert!(last.contains(SUMMARY) && last.contains("How many were they?"));
    assert!(last.contains("sheep 6") && !last.contains("sheep 1 "));
    assert!(
        last.len() < WINDOW * 2,
        "half of the window at the most: {}",
        last.len()
    );
    assert_eq!(
        messages(&world, &url, conversation).await?,
        14,
        "the originals stay"
    );
    Ok(())
}
