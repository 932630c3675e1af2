//! What is told in one conversation is used in another, by nobody else, and not after it was forgotten.

use anyhow::Context as _;
use mosaic_domain::RunId;
use mosaic_e2e::{Event, PATIENCE, Process, Scene, World, eventually};
use mosaic_testkit::model_server::Script;
use reqwest::Method;
use serde_json::{Value, json};

const FACT: &str = "My dog is called Rex and he likes cheese.";
const QUESTION: &str = "What is my dog called?";

/// A whole installation, and somebody who uses it.
struct Stage {
    world: World,
    url: String,
    _processes: Vec<Process>,
}

impl Stage {
    async fn set(script: Option<Script>, provider: &str) -> anyhow::Result<Self> {
        let variables = [
            ("MOSAIC_PROVIDERS__DEFAULT", provider),
            ("MOSAIC_MEMORY__EMBEDDER", "hashed"),
            // The machine may be busy; that a run does not wait long is shown elsewhere.
            ("MOSAIC_MEMORY__RECALL_MS", "20000"),
        ];
        let variables = variables.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let world = World::start(Scene {
            script,
            variables: variables.into(),
            ..Scene::default()
        })
        .await?;
        let (gateway, url) = world.gateway().await?;
        let worker = world.worker().await?;
        let indexer = indexer(&world).await?;
        Ok(Self {
            world,
            url,
            _processes: vec![gateway, worker, indexer],
        })
    }

    /// A call of the API with a token.
    async fn ask(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<(u16, Value)> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()?;
        let mut request = client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    }

    async fn get(&self, token: &str, path: &str) -> anyhow::Result<Value> {
        let (status, body) = self.ask(token, Method::GET, path, None).await?;
        anyhow::ensure!(status == 200, "{path}: {status} {body}");
        Ok(body)
    }

    /// A turn in a new conversation, to its end.
    async fn turn(&self, token: &str, content: &str) -> anyhow::Result<Vec<Event>> {
        let (_, conversation) = self
            .ask(token, Method::POST, "/api/conversations", Some(json!({})))
            .await?;
        let id = conversation["id"].as_str().context("an id")?;
        let path = format!("/api/conversations/{id}/messages");
        let (_, sent) = self
            .ask(
                token,
                Method::POST,
                &path,
                Some(json!({"content": content})),
            )
            .await?;
        let run: RunId = sent["runId"].as_str().context("a run")?.parse()?;
        let path = format!("/api/runs/{run}/events");
        let mut watcher = mosaic_e2e::Watcher::new(vec![self.url.clone()], &path, token)?;
        watcher.to_the_end().await?;
        let end = watcher.events.last().context("an end")?;
        anyhow::ensure!(end.kind == "run.completed", "{end:?}");
        Ok(watcher.events)
    }

    /// Texts that a search finds relevant.
    async fn found(&self, token: &str, question: &str) -> anyhow::Result<Vec<String>> {
        let question = question.replace(' ', "%20").replace('?', "%3F");
        let path = format!("/api/memory/search?q={question}");
        let body = self.get(token, &path).await?;
        let items = body["items"].as_array().context("items")?;
        let relevant = items.iter().filter(|item| item["relevant"] == true);
        Ok(relevant
            .filter_map(|item| item["text"].as_str().map(str::to_owned))
            .collect())
    }

    /// Waits until something is remembered that says this.
    async fn remembered(&self, token: &str, text: &str) -> anyhow::Result<Value> {
        eventually("it being remembered", async || {
            let list = self.get(token, "/api/memory?limit=100").await.ok()?;
            let items = list["items"].as_array()?;
            let says = |item: &&Value| {
                item["content"]
                    .as_str()
                    .is_some_and(|said| said.contains(text))
            };
            items.iter().find(says).cloned()
        })
        .await
    }

    /// The system prompt of the newest model call.
    fn prompt(&self) -> String {
        let requests = self.world.model.requests();
        let messages = requests
            .last()
            .map(|request| request.body["messages"].clone());
        messages.unwrap_or_default()[0]["content"].to_string()
    }
}

async fn indexer(world: &World) -> anyhow::Result<Process> {
    world
        .service("mosaic-memory-indexer", "MEMORY_INDEXER", &[])
        .await
}

fn recalled(events: &[Event]) -> usize {
    let recalled = events.iter().find(|event| event.kind == "memory.recalled");
    recalled
        .and_then(|event| event.data["memoryIds"].as_array())
        .map_or(0, Vec::len)
}

#[tokio::test]
async fn a_fact_told_in_one_conversation_is_used_in_another_and_not_after_it_was_forgotten()
-> anyhow::Result<()> {
    let script = Script::instant("I see.")
        .when("dog called")
        .text("Your dog is called Rex.");
    let stage = Stage::set(Some(script), "openai").await?;
    let token = stage.world.token.clone();
    stage.turn(&token, FACT).await?;
    let fact = stage.remembered(&token, "likes cheese").await?;
    let events = stage.turn(&token, QUESTION).await?;
    assert!(
        stage.prompt().contains("likes cheese"),
        "{}",
        stage.prompt()
    );
    assert!(recalled(&events) > 0);
    // The run's log names what was recalled and does not repeat it.
    let shown: Vec<_> = events
        .iter()
        .filter(|event| event.kind == "memory.recalled")
        .collect();
    assert!(!format!("{shown:?}").contains("cheese"));
    let echo = stage.remembered(&token, "Your dog is called Rex").await?;
    assert_eq!(echo["role"], "assistant");

    let id = fact["id"].as_str().context("an id")?;
    let path = format!("/api/memory/{id}");
    let (status, forgotten) = stage.ask(&token, Method::DELETE, &path, None).await?;
    assert_eq!(status, 200);
    let gone = forgotten["forgotten"].as_array().context("a list")?;
    assert_eq!(gone.first(), Some(&fact["id"]));
    assert!(gone.contains(&echo["id"]), "{forgotten}");

    stage
        .world
        .model
        .set_script(Script::instant("I do not know."))?;
    stage.turn(&token, QUESTION).await?;
    assert!(!stage.prompt().contains("Rex"), "{}", stage.prompt());
    let found = stage.found(&token, QUESTION).await?;
    assert!(found.iter().all(|text| !text.contains("Rex")), "{found:?}");
    let (status, _) = stage.ask(&token, Method::GET, &path, None).await?;
    assert_eq!(status, 404);
    Ok(())
}

#[tokio::test]
async fn the_offline_assistant_answers_with_what_was_told_elsewhere() -> anyhow::Result<()> {
    let stage = Stage::set(None, "offline").await?;
    let token = stage.world.token.clone();
    stage.turn(&token, FACT).await?;
    stage.remembered(&token, "likes cheese").await?;
    let events = stage.turn(&token, QUESTION).await?;
    let end = events.last().context("an end")?;
    let answer = end.data["content"].as_str().unwrap_or_default();
    assert!(
        answer.contains("Rex") && answer.contains("conversation"),
        "{answer}"
    );
    Ok(())
}

#[tokio::test]
async fn nothing_of_one_person_reaches_another() -> anyhow::Result<()> {
    let script = Script::instant("I see.")
        .when("look it up")
        .tool_call("memory_search", json!({"query": "dog called Rex cheese"}))
        .then_text("{result}")
        .when("note it")
        .tool_call("memory_save", json!({"content": "The cat is called Tom."}))
        .then_text("{result}");
    let stage = Stage::set(Some(script), "openai").await?;
    let ada = stage.world.token.clone();
    let (_, bob) = stage.world.stranger().await?;
    stage.turn(&ada, FACT).await?;
    let fact = stage.remembered(&ada, "likes cheese").await?;
    let id = fact["id"].as_str().context("an id")?;
    let conversation = fact["conversationId"].as_str().context("an id")?;

    // Search, list, read, forget.
    assert_eq!(stage.found(&ada, "dog called Rex").await?.len(), 1);
    assert!(stage.found(&bob, "dog called Rex").await?.is_empty());
    assert_eq!(stage.get(&bob, "/api/memory").await?["items"], json!([]));
    for (method, path) in [
        (Method::GET, format!("/api/memory/{id}")),
        (Method::DELETE, format!("/api/memory/{id}")),
        (
            Method::DELETE,
            format!("/api/memory?conversationId={conversation}"),
        ),
    ] {
        let (status, body) = stage.ask(&bob, method, &path, None).await?;
        assert_eq!(
            (status, &body["code"]),
            (404, &json!("not_found")),
            "{path}"
        );
    }
    let narrowed = format!("/api/memory/search?q=dog&conversationId={conversation}");
    assert_eq!(stage.get(&bob, &narrowed).await?["items"], json!([]));

    // The prompt, and the tool.
    let events = stage.turn(&bob, QUESTION).await?;
    assert_eq!(recalled(&events), 0);
    assert!(!stage.prompt().contains("cheese"));
    let answer = |events: &[Event]| events.last().map(|end| end.data["content"].to_string());
    let told = answer(&stage.turn(&bob, "look it up").await?).unwrap_or_default();
    assert!(!told.is_empty() && !told.contains("Rex"), "{told}");
    let told = answer(&stage.turn(&ada, "look it up").await?).unwrap_or_default();
    assert!(told.contains("likes cheese"), "{told}");

    // What an agent notes for one is not found by the other.
    stage.turn(&bob, "note it").await?;
    stage.remembered(&bob, "called Tom").await?;
    assert!(
        stage
            .found(&ada, "cat called Tom")
            .await?
            .iter()
            .all(|text| !text.contains("Tom"))
    );
    assert!(stage.get(&ada, &format!("/api/memory/{id}")).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn an_indexer_that_is_killed_and_started_again_loses_and_doubles_nothing()
-> anyhow::Result<()> {
    let world = World::start(Scene {
        variables: vec![("MOSAIC_MEMORY__EMBEDDER".to_owned(), "hashed".to_owned())],
        ..Scene::default()
    })
    .await?;
    let (_gateway, url) = world.gateway().await?;
    let mut killed = indexer(&world).await?;
    let total = 60;
    for number in 0..total {
        let body = json!({"content": format!("Fact {number} is worth knowing")});
        if number % 2 == 0 {
            world.call(&url, "/api/memory", body).await?;
        } else {
            let conversation = world.call(&url, "/api/conversations", json!({})).await?;
            let id = conversation["id"].as_str().context("an id")?;
            world.send_to(&url, id, body).await?;
        }
        if number % 20 == 10 {
            killed.kill().await?;
            killed = indexer(&world).await?;
        }
    }
    let list = mosaic_storage::MemoryList {
        limit: 200,
        ..mosaic_storage::MemoryList::default()
    };
    eventually("everything being remembered and embedded", async || {
        let count = world.storage.memories(world.scope, &list).await.ok()?.len();
        let uncut = world.storage.unchunked_memories(1).await.ok()?.len();
        let pending = world.storage.pending_chunks("hashed/v1").await.ok()?;
        (count == total && uncut == 0 && pending == 0).then_some(())
    })
    .await?;
    let memories = world.storage.memories(world.scope, &list).await?;
    let mut texts: Vec<_> = memories.iter().map(|memory| &memory.content).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), total);
    Ok(())
}

#[tokio::test]
async fn without_the_indexer_runs_go_on_and_a_search_says_what_is_missing() -> anyhow::Result<()> {
    let world = World::start(Scene::default()).await?;
    let (_gateway, url) = world.gateway().await?;
    let _worker = world.worker().await?;
    let run = world.send(&url, QUESTION).await?;
    let mut watcher = world.watch(&[&url], run)?;
    watcher.to_the_end().await?;
    let end = watcher.events.last().context("an end")?;
    assert_eq!(end.kind, "run.completed");
    let stage = Stage {
        url,
        world,
        _processes: Vec::new(),
    };
    let token = stage.world.token.clone();
    let (status, problem) = stage
        .ask(&token, Method::GET, "/api/memory/search?q=dog", None)
        .await?;
    assert_eq!(status, 503);
    let remedy = problem["remedy"].as_str().unwrap_or_default();
    assert!(remedy.contains("mosaic-memory-indexer"), "{problem}");
    Ok(())
}

#[tokio::test]
async fn an_indexer_that_never_answers_delays_a_run_by_a_moment_only() -> anyhow::Result<()> {
    let world = World::start(Scene::default()).await?;
    let (_gateway, url) = world.gateway().await?;
    let _worker = world.worker().await?;
    // It accepts connections, reads nothing and says nothing.
    let deaf = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = deaf.local_addr()?.to_string();
    let now = mosaic_runtime::clock::now();
    let instance = mosaic_storage::Instance {
        id: mosaic_runtime::clock::id(),
        service: "memory-indexer".to_owned(),
        version: "0.0.0".to_owned(),
        grpc_address: address.clone(),
        admin_address: address,
        started_at: now,
        heartbeat_at: now,
    };
    world.storage.register_instance(&instance).await?;
    let run = world.send(&url, QUESTION).await?;
    let mut watcher = world.watch(&[&url], run)?;
    watcher.to_the_end().await?;
    let end = watcher.events.last().context("an end")?;
    assert_eq!(end.kind, "run.completed");
    let run = world
        .storage
        .run(world.scope, run)
        .await?
        .context("a run")?;
    let took = run
        .ended_at
        .zip(run.started_at)
        .map(|(end, start)| end - start);
    // 300 ms of patience, and a busy machine.
    assert!(took.is_some_and(|took| took.num_seconds() < 5), "{took:?}");
    Ok(())
}
