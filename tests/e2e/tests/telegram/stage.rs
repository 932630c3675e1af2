//! An installation with a bot.

use std::time::Duration;

use anyhow::Context as _;
use mosaic_e2e::{Process, Scene, World, eventually};
use mosaic_testkit::bot_api::{BOT_TOKEN, BotApi, Posted};
use mosaic_testkit::database::execute_on;
use mosaic_testkit::model_server::{Script, Turn};
use serde_json::{Value, json};

/// The person that the tests are: their number on Telegram and of their private chat.
pub(crate) const ADA: i64 = 77;
/// Somebody else.
pub(crate) const BOB: i64 = 88;

/// Words of the slow answer.
pub(crate) const WORDS: usize = 60;

/// The services, the bot, and an account that is linked.
pub(crate) struct Stage {
    pub(crate) bot: BotApi,
    pub(crate) world: World,
    pub(crate) gateway: String,
    pub(crate) bridges: Vec<Process>,
    pub(crate) others: Vec<Process>,
}

impl Stage {
    /// Everything, with Ada linked.
    pub(crate) async fn set(script: Script) -> anyhow::Result<Self> {
        let stage = Self::unlinked(script, &[]).await?;
        stage.link(ADA).await?;
        Ok(stage)
    }

    /// Everything, with nobody linked.
    pub(crate) async fn unlinked(script: Script, more: &[(&str, &str)]) -> anyhow::Result<Self> {
        let bot = BotApi::start().await?;
        let variables = variables(bot.url(), more);
        let mut stage = Self::on(bot, script, variables).await?;
        stage.add_bridge().await?;
        Ok(stage)
    }

    /// Everything but a bridge.
    pub(crate) async fn on(
        bot: BotApi,
        script: Script,
        variables: Vec<(String, String)>,
    ) -> anyhow::Result<Self> {
        let scene = Scene {
            script: Some(script),
            variables,
            ..Scene::default()
        };
        let world = World::start(scene).await?;
        let (process, gateway) = world.gateway().await?;
        let worker = world.worker().await?;
        Ok(Self {
            bot,
            world,
            gateway,
            bridges: Vec::new(),
            others: vec![process, worker],
        })
    }

    pub(crate) async fn add_bridge(&mut self) -> anyhow::Result<()> {
        let bridge = self
            .world
            .service("mosaic-channel-bridge", "CHANNEL_BRIDGE", &[]);
        self.bridges.push(bridge.await?);
        Ok(())
    }

    /// Links an account of Telegram to the person of the world.
    pub(crate) async fn link(&self, account: i64) -> anyhow::Result<()> {
        let code = self.code().await?;
        let _ = self.bot.say(account, &format!("/start {code}"));
        self.shows(account, "is linked to").await?;
        Ok(())
    }

    /// A fresh code.
    pub(crate) async fn code(&self) -> anyhow::Result<String> {
        let made = self
            .world
            .call(&self.gateway, "/api/channels/telegram/links", json!({}))
            .await?;
        Ok(made["code"].as_str().context("a code")?.to_owned())
    }

    /// A fresh code of whoever has this token.
    pub(crate) async fn code_for(&self, token: &str) -> anyhow::Result<String> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()?;
        let url = format!("{}/api/channels/telegram/links", self.gateway);
        let answer = client.post(url).bearer_auth(token).json(&json!({}));
        let made: Value = answer.send().await?.error_for_status()?.json().await?;
        Ok(made["code"].as_str().context("a code")?.to_owned())
    }

    /// Runs statements on the record, past every service.
    pub(crate) async fn sql(&self, statements: &str) -> anyhow::Result<()> {
        execute_on(self.world.postgres.url(), statements).await
    }

    /// Waits until a message in a chat shows this.
    pub(crate) async fn shows(&self, chat: i64, text: &str) -> anyhow::Result<Posted> {
        let found = eventually("a message to show", async || {
            let here = self.bot.chat(chat);
            here.into_iter().find(|posted| posted.text.contains(text))
        });
        found
            .await
            .with_context(|| format!("{text:?} in {:#?}\n{}", self.bot.chat(chat), self.logs()))
    }

    /// What the bridges have written.
    pub(crate) fn logs(&self) -> String {
        self.bridges.iter().map(Process::log).collect()
    }

    /// What the first bridge counts.
    pub(crate) async fn metrics(&self) -> anyhow::Result<String> {
        let bridge = self.bridges.first().context("a bridge")?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()?;
        let url = format!("http://{}/metrics", bridge.admin);
        let answer = client.get(url).send().await?.error_for_status()?;
        Ok(answer.text().await?)
    }

    /// Gets JSON with the person's token.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()?;
        let answer = client
            .get(format!("{}{path}", self.gateway))
            .bearer_auth(&self.world.token)
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Deletes with the person's token; the status.
    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<u16> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()?;
        let answer = client
            .delete(format!("{}{path}", self.gateway))
            .bearer_auth(&self.world.token)
            .send()
            .await?;
        Ok(answer.status().as_u16())
    }

    /// The newest conversation.
    pub(crate) async fn conversation(&self) -> anyhow::Result<String> {
        let list = self.get("/api/conversations").await?;
        let id = list["items"][0]["id"].as_str().context("a conversation")?;
        Ok(id.to_owned())
    }
}

/// What makes the services use the bot.
pub(crate) fn variables(api_url: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let name = |key: &str| format!("MOSAIC_CHANNELS__TELEGRAM__{key}");
    let mut variables = vec![
        (name("TOKEN"), BOT_TOKEN.to_owned()),
        (name("API_URL"), api_url.to_owned()),
    ];
    let more = more
        .iter()
        .map(|(key, value)| (name(key), (*value).to_owned()));
    variables.extend(more);
    variables
}

/// An answer that takes about three seconds to say.
pub(crate) fn slow_answer() -> Script {
    let turn = Turn::text(&whole_answer()).with_delays(Duration::ZERO, Duration::from_millis(50));
    Script::echo().when("go").turn(turn)
}

pub(crate) fn whole_answer() -> String {
    let words: Vec<String> = (0..WORDS).map(|n| format!("w{n}")).collect();
    words.join(" ")
}
