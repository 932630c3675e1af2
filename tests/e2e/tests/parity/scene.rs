//! The scene.

use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use mosaic_e2e::{PATIENCE, Process, Scene, World, eventually, program};
use mosaic_testkit::bot_api::{BOT_TOKEN, BotApi};
use mosaic_testkit::model_server::{Script, Turn};
use mosaic_testkit::terminal::{ENTER, Terminal};
use serde_json::{Value, json};

use super::browser::{Browser, missing};

/// A person on Telegram.
const ADA: i64 = 77;

/// Words that are told apart by their letter: `a0 a1 a2 …`.
fn words(letter: char) -> String {
    let words: Vec<String> = (0..40).map(|n| format!("{letter}{n}")).collect();
    words.join(" ")
}

/// Three questions, each with an answer that takes two seconds to say.
fn script() -> Script {
    let slowly =
        |text: String| Turn::text(&text).with_delays(Duration::ZERO, Duration::from_millis(50));
    Script::instant("Nobody wrote a line for that.")
        .when("from telegram")
        .turn(slowly(words('a')))
        .when("from the terminal")
        .turn(slowly(words('b')))
        .when("from the page")
        .turn(slowly(words('c')))
}

struct Stage {
    bot: BotApi,
    world: World,
    url: String,
    _services: Vec<Process>,
}

impl Stage {
    async fn set() -> anyhow::Result<Self> {
        let bot = BotApi::start().await?;
        let name = |key: &str| format!("MOSAIC_CHANNELS__TELEGRAM__{key}");
        let world = World::start(Scene {
            script: Some(script()),
            variables: vec![
                (name("TOKEN"), BOT_TOKEN.to_owned()),
                (name("API_URL"), bot.url().to_owned()),
            ],
            ..Scene::default()
        })
        .await?;
        let (gateway, url) = world.gateway().await?;
        let worker = world.worker().await?;
        let bridge = world.service("mosaic-channel-bridge", "CHANNEL_BRIDGE", &[]);
        let bridge = bridge.await?;
        Ok(Self {
            bot,
            world,
            url,
            _services: vec![gateway, worker, bridge],
        })
    }

    /// Ties Ada's account to the person of the world.
    async fn link(&self) -> anyhow::Result<()> {
        let path = "/api/channels/telegram/links";
        let made = self.world.call(&self.url, path, json!({})).await?;
        let code = made["code"].as_str().context("a code")?;
        let _ = self.bot.say(ADA, &format!("/link {code}"));
        self.chat_shows("is linked to").await
    }

    /// Waits until a message of the chat ends like this.
    async fn chat_shows(&self, end: &str) -> anyhow::Result<()> {
        let found = eventually("a message of the chat", async || {
            let texts = self.bot.texts(ADA);
            texts.into_iter().find(|text| text.contains(end))
        });
        let context = || format!("{end:?} in {:#?}", self.bot.texts(ADA));
        found.await.with_context(context).map(drop)
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()?;
        let request = client.get(format!("{}{path}", self.url));
        let answer = request.bearer_auth(&self.world.token).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    fn terminal(&self, conversation: &str) -> anyhow::Result<Terminal> {
        let mut command = Command::new(program("mosaic")?);
        command
            .args(["tui", "--url", &self.url, "--conversation", conversation])
            .env_clear()
            .env("MOSAIC_CLIENT__TOKEN", &self.world.token)
            .env("HOME", self.world.folder())
            .env("LANG", "C.UTF-8")
            .current_dir(self.world.folder());
        Terminal::spawn(command, 40, 100)
    }
}

/// Whether an answer was watched while it grew: never more than was said, never out of order, in several steps.
fn grew(states: &[String], letter: char) -> anyhow::Result<()> {
    let whole = words(letter);
    let mut lengths: Vec<usize> = Vec::new();
    for state in states {
        let seen: Vec<&str> = state
            .split_whitespace()
            .filter(|word| {
                word.strip_prefix(letter)
                    .is_some_and(|n| n.parse::<usize>().is_ok())
            })
            .collect();
        anyhow::ensure!(whole.starts_with(&seen.join(" ")), "{state}");
        lengths.push(seen.len());
    }
    anyhow::ensure!(lengths.is_sorted(), "it never shrank: {lengths:?}");
    lengths.dedup();
    anyhow::ensure!(lengths.len() >= 5, "it came at once: {lengths:?}");
    Ok(())
}

#[tokio::test]
async fn a_conversation_begun_on_telegram_goes_on_in_the_terminal_and_is_watched_live_on_the_page()
-> anyhow::Result<()> {
    if let Some(reason) = missing() {
        eprintln!("skipped: {reason}");
        return Ok(());
    }
    let stage = Stage::set().await?;
    stage.link().await?;

    // Begun on Telegram.
    let _ = stage.bot.say(ADA, "hello from telegram");
    stage.chat_shows(&words('a')).await?;
    let list = stage.get("/api/conversations").await?;
    let conversation = list["items"][0]["id"].as_str().context("a conversation")?;

    // Open on the page and in the terminal.
    let mut page = Browser::sign_in(&stage.url, &stage.world.token).await?;
    page.open(&format!("/c/{conversation}")).await?;
    page.sees("hello from telegram").await?;
    page.sees(&words('a')).await?;
    let mut terminal = stage.terminal(conversation)?;
    terminal.wait_for("hello from telegram", PATIENCE).await?;
    terminal.wait_for("a39", PATIENCE).await?;

    // Continued in the terminal; the page and the chat watch.
    terminal.type_text("and from the terminal")?;
    terminal.type_text(ENTER)?;
    terminal.wait_for("b39", PATIENCE).await?;
    page.sees(&words('b')).await?;
    grew(&page.states("and from the terminal").await?, 'b')?;
    stage.chat_shows("and from the terminal").await?;
    stage.chat_shows(&words('b')).await?;

    // Continued on the page; the terminal and the chat watch.
    page.say("now from the page").await?;
    terminal.wait_for("now from the page", PATIENCE).await?;
    terminal.wait_for("c39", PATIENCE).await?;
    page.sees(&words('c')).await?;
    grew(&page.states("now from the page").await?, 'c')?;
    stage.chat_shows(&words('c')).await?;

    // One conversation, and everything in it once.
    let list = stage.get("/api/conversations").await?;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
    let path = format!("/api/conversations/{conversation}/messages");
    let messages = stage.get(&path).await?;
    let said: Vec<&str> = messages["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|message| message["content"].as_str())
        .collect();
    let (a, b, c) = (words('a'), words('b'), words('c'));
    assert_eq!(
        said,
        [
            "hello from telegram",
            &a,
            "and from the terminal",
            &b,
            "now from the page",
            &c
        ]
    );
    Ok(())
}
