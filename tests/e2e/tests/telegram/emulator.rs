//! Against an emulator of the Bot API that others wrote, `telegram-test-api`, run by node. Left out where node or the
//! package is missing; `cargo xtask setup` installs it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use mosaic_e2e::{PATIENCE, eventually};
use mosaic_testkit::bot_api::{BOT_TOKEN, BotApi};
use mosaic_testkit::model_server::{Script, Turn};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::stage::{ADA, Stage, variables, whole_answer};

struct Emulator {
    url: String,
    http: reqwest::Client,
    _process: Child,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("telegram")
}

impl Emulator {
    /// Starts it; nothing if it is not installed.
    async fn start() -> anyhow::Result<Option<Self>> {
        if !folder().join("node_modules").is_dir() {
            return Ok(None);
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let process = Command::new("node")
            .arg("emulator.mjs")
            .arg(port.to_string())
            .current_dir(folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("node does not start")?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()?;
        let emulator = Self {
            url: format!("http://127.0.0.1:{port}"),
            http,
            _process: process,
        };
        let path = format!("bot{BOT_TOKEN}/getMe");
        eventually("the emulator", async || {
            emulator.post(&path, &json!({})).await.ok()
        })
        .await?;
        Ok(Some(emulator))
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let url = format!("{}/{path}", self.url);
        let answer = self.http.post(url).json(body).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// A person writes to the bot.
    async fn say(&self, text: &str) -> anyhow::Result<()> {
        let person = json!({"id": ADA, "first_name": "Ada", "type": "private", "is_bot": false});
        let message = json!({"botToken": BOT_TOKEN, "from": person, "chat": person, "text": text,
            "date": 1_700_000_000});
        self.post("sendMessage", &message).await.map(drop)
    }

    /// What the bot's messages show now.
    async fn shown(&self) -> anyhow::Result<Vec<String>> {
        let history = self
            .post("getUpdatesHistory", &json!({"token": BOT_TOKEN}))
            .await?;
        let list = history["result"].as_array().cloned().unwrap_or_default();
        let own = list.iter().filter(|one| one["message"]["chat_id"] == ADA);
        let text = |one: &Value| {
            one["message"]["text"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        Ok(own.map(text).collect())
    }

    async fn shows(&self, stage: &Stage, text: &str) -> anyhow::Result<Vec<String>> {
        let shown = eventually("the bot to show something", async || {
            let shown = self.shown().await.ok()?;
            shown.iter().any(|one| one.contains(text)).then_some(shown)
        });
        shown
            .await
            .with_context(|| format!("{text:?}; {}", stage.logs()))
    }
}

#[tokio::test]
async fn an_emulator_that_others_wrote_gets_a_linked_streamed_answer() -> anyhow::Result<()> {
    let Some(emulator) = Emulator::start().await? else {
        println!("left out: run `cargo xtask setup` with node installed");
        return Ok(());
    };
    let turn = Turn::text(&whole_answer()).with_delays(Duration::ZERO, Duration::from_millis(50));
    let script = Script::echo().when("go").turn(turn);
    // The scripted bot only fills the place that the stage has for one.
    let mut stage = Stage::on(
        BotApi::start().await?,
        script,
        variables(&emulator.url, &[]),
    )
    .await?;
    stage.add_bridge().await?;
    let code = stage.code().await?;
    emulator.say(&format!("/start {code}")).await?;
    emulator.shows(&stage, "is linked to").await?;
    emulator.say("go").await?;
    emulator.shows(&stage, "w5").await?;
    let shown = emulator.shows(&stage, "w59").await?;
    assert_eq!(
        shown.len(),
        2,
        "one notice and one answer that grew: {shown:?}"
    );
    assert_eq!(shown[1], whole_answer());
    emulator.say("/new").await?;
    emulator.shows(&stage, "begins a new conversation").await?;
    Ok(())
}
