//! All services as processes, with secrets that are easy to find.

use std::time::Duration;

use anyhow::Context as _;
use http::HeaderMap;
use mosaic_e2e::{Process, Scene, World};
use mosaic_telemetry::collector::Collector;
use mosaic_testkit::bot_api::{BOT_TOKEN, BotApi};
use mosaic_testkit::model_server::Script;
use reqwest::{Client, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use crate::places::Place;
use crate::secret::Secret;

pub(crate) const PROVIDER_KEY: &str = "pk-planted-provider-key-7f3a";
pub(crate) const INTERNAL: &str = "planted-internal-token-0123456789abcdef";
const PREVIOUS_INTERNAL: &str = "planted-previous-token-0123456789abcdef";
/// 32 bytes each.
const SECRETS_KEY: &str = "cGxhbnRlZC1rZXktdGhhdC1zZWFscy1zZWNyZXRzISE=";
const PREVIOUS_KEY: &str = "cGxhbnRlZC1rZXktdGhhdC1zZWFsZWQtc2VjcmV0cyE=";
const WEBHOOK_SECRET: &str = "planted_webhook_secret_42";
/// Of a person; a word of a message never looks like it.
pub(crate) const PASSWORD: &str = "Planted-Passw0rd-Of-Ada";
/// What the first admin would have to show.
const SETUP_CODE: &str = "planted-setup-code-5150";
/// What the provider knows the installation by.
const CLIENT_SECRET: &str = "planted-client-secret-9a31";
/// What somebody guesses.
pub(crate) const WRONG_PASSWORD: &str = "Planted-Guess-Of-Mallory";
/// In addresses that lead nowhere.
pub(crate) const DSN_PASSWORD: &str = "planted-dsn-passw0rd";
/// What a model refuses with the key in its answer.
pub(crate) const REFUSE: &str = "refuse me";

/// The services, and what they answered so far.
pub(crate) struct Installation {
    pub(crate) world: World,
    pub(crate) bot: BotApi,
    pub(crate) collector: Collector,
    pub(crate) processes: Vec<Process>,
    pub(crate) gateway: String,
    pub(crate) client: Client,
    pub(crate) answers: Vec<Place>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) run_id: String,
}

impl Installation {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let (collector, bot) = (Collector::start().await?, BotApi::start().await?);
        let refusal = format!("Incorrect API key provided: {PROVIDER_KEY}.");
        let world = World::start(Scene {
            script: Some(Script::echo().when(REFUSE).fail(401, &refusal)),
            variables: variables(&collector, &bot),
            ..Scene::default()
        })
        .await?;
        let (process, gateway) = world.gateway().await?;
        let mut processes = vec![process, world.worker().await?];
        for (program, section) in [
            ("mosaic-memory-indexer", "MEMORY_INDEXER"),
            ("mosaic-summarizer", "SUMMARIZER"),
            ("mosaic-channel-bridge", "CHANNEL_BRIDGE"),
        ] {
            processes.push(world.service(program, section, &[]).await?);
        }
        let client = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()?;
        Ok(Self {
            secrets: planted(&world)?,
            world,
            bot,
            collector,
            processes,
            gateway,
            client,
            answers: Vec::new(),
            run_id: String::new(),
        })
    }

    /// A path of the gateway.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.gateway)
    }

    /// Sends a request and keeps the whole answer.
    pub(crate) async fn keep(
        &mut self,
        request: RequestBuilder,
    ) -> anyhow::Result<(StatusCode, Vec<u8>)> {
        let (status, headers, body) = self.take(request).await?;
        let content = [format!("{headers:?}\n").as_bytes(), &body].concat();
        let name = format!("answer {} {status}", self.answers.len());
        self.answers.push(Place::new(name, content));
        Ok((status, body))
    }

    /// Sends a request whose answer is a secret for whoever asked.
    pub(crate) async fn take(
        &self,
        request: RequestBuilder,
    ) -> anyhow::Result<(StatusCode, HeaderMap, Vec<u8>)> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        // A stream does not end; what came until then counts.
        let body = tokio::time::timeout(Duration::from_secs(2), answer.bytes()).await;
        let body = body.map(Result::unwrap_or_default).unwrap_or_default();
        Ok((status, headers, body.to_vec()))
    }

    pub(crate) fn plant(&mut self, name: &'static str, value: &str) {
        self.secrets.push(Secret::new(name, value));
    }
}

pub(crate) fn json(body: &[u8]) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(body)?)
}

fn variables(collector: &Collector, bot: &BotApi) -> Vec<(String, String)> {
    let set = [
        ("TELEMETRY__LOG_LEVEL", "debug".to_owned()),
        ("TELEMETRY__OTLP_ENDPOINT", collector.endpoint()),
        ("PROVIDERS__OPENAI__API_KEY", PROVIDER_KEY.to_owned()),
        ("INTERNAL__TOKEN", INTERNAL.to_owned()),
        ("INTERNAL__PREVIOUS_TOKENS", PREVIOUS_INTERNAL.to_owned()),
        ("SECRETS__KEY", SECRETS_KEY.to_owned()),
        ("SECRETS__PREVIOUS_KEYS", PREVIOUS_KEY.to_owned()),
        ("CHANNELS__TELEGRAM__TOKEN", BOT_TOKEN.to_owned()),
        ("CHANNELS__TELEGRAM__API_URL", bot.url().to_owned()),
        (
            "CHANNELS__TELEGRAM__WEBHOOK_SECRET",
            WEBHOOK_SECRET.to_owned(),
        ),
        ("AUTH__SETUP_CODE", SETUP_CODE.to_owned()),
        // Nobody answers there, which is said in the log.
        ("AUTH__OIDC__SSO__ISSUER", "http://127.0.0.1:1".to_owned()),
        ("AUTH__OIDC__SSO__CLIENT_ID", "mosaic".to_owned()),
        ("AUTH__OIDC__SSO__CLIENT_SECRET", CLIENT_SECRET.to_owned()),
        ("MEMORY__EMBEDDER", "hashed".to_owned()),
    ];
    set.into_iter()
        .map(|(key, value)| (format!("MOSAIC_{key}"), value))
        .collect()
}

fn planted(world: &World) -> anyhow::Result<Vec<Secret>> {
    let password = |url: &SecretString| -> anyhow::Result<String> {
        let url = Url::parse(url.expose_secret())?;
        Ok(url.password().context("no password")?.to_owned())
    };
    Ok(vec![
        Secret::new("the key of the provider", PROVIDER_KEY),
        Secret::new("internal.token", INTERNAL),
        Secret::new("internal.previous_tokens", PREVIOUS_INTERNAL),
        Secret::new("secrets.key", SECRETS_KEY),
        Secret::new("secrets.previous_keys", PREVIOUS_KEY),
        Secret::new("auth.setup_code", SETUP_CODE),
        Secret::new("the client's secret at the provider", CLIENT_SECRET),
        Secret::new("the token of the bot", BOT_TOKEN),
        Secret::new("the secret of the webhook", WEBHOOK_SECRET),
        Secret::new("the password of Postgres", &password(world.postgres.url())?),
        Secret::new(
            "the password of the services at Postgres",
            &password(world.postgres.url_of_services())?,
        ),
        Secret::new("the password of Valkey", &password(world.valkey.url())?),
        Secret::new("a password in an address that leads nowhere", DSN_PASSWORD),
        Secret::new("the password of a person", PASSWORD),
        Secret::new("a guessed password", WRONG_PASSWORD),
        Secret::new("an API token", &world.token),
    ])
}
