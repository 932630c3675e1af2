//! The installation: every service in this process, on a database and a Valkey of its own.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::Context as _;
use mosaic_bus::{Bus, BusOptions};
use mosaic_config::Config;
use mosaic_runtime::App;
use mosaic_testkit::bot_api::{BOT_TOKEN, BotApi};
use mosaic_testkit::model_server::{ModelServer, Script, Turn};
use mosaic_testkit::service::eventually;
use mosaic_testkit::{TestDatabase, TestService, TestValkey};
use reqwest::{Method, RequestBuilder};
use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

use crate::people::{People, Person};

/// A message with this word is answered by nothing, for as long as the test goes on.
pub(crate) const HANGS: &str = "forever";

/// Everything a test plays with.
pub(crate) struct Stage {
    pub(crate) people: People,
    pub(crate) http: reqwest::Client,
    pub(crate) bus: Bus,
    pub(crate) bot: BotApi,
    /// What services show each other.
    pub(crate) internal: SecretString,
    /// In the order gateway, agent-worker, memory-indexer, summarizer, channel-bridge.
    pub(crate) services: Vec<(&'static str, TestService)>,
    pub(crate) database: TestDatabase,
    _valkey: TestValkey,
    _model: ModelServer,
}

impl Stage {
    /// All services, and people of every kind.
    pub(crate) async fn set() -> anyhow::Result<Self> {
        // On the heap: everything that runs in it is much for the stack of a test.
        Box::pin(Self::build()).await
    }

    async fn build() -> anyhow::Result<Self> {
        let (database, valkey) = tokio::try_join!(TestDatabase::migrated(), TestValkey::start())?;
        let people = People::settle(&database).await?;
        let script = Script::echo().when(HANGS).turn(Turn::hanging());
        let (model, bot) = (ModelServer::start(script).await?, BotApi::start().await?);
        let internal = SecretString::from(Uuid::now_v7().simple().to_string());
        let config = || configuration(&database, &valkey, &model, &bot, &internal);
        let services = vec![
            start::<mosaic_gateway::App>(config()?).await?,
            start::<mosaic_agent_worker::App>(config()?).await?,
            start::<mosaic_memory_indexer::MemoryIndexer>(config()?).await?,
            start::<mosaic_summarizer::Summarizer>(config()?).await?,
            start::<mosaic_channel_bridge::ChannelBridge>(config()?).await?,
        ];
        for (_, service) in &services {
            service.ready().await?;
        }
        let stage = Self {
            people,
            http: client(1)?,
            bus: Bus::connect(BusOptions::new(valkey.url().clone())).await?,
            bot,
            internal,
            services,
            database,
            _valkey: valkey,
            _model: model,
        };
        stage.met().await?;
        Ok(stage)
    }

    /// Waits until the gateway has met the others in the register.
    async fn met(&self) -> anyhow::Result<()> {
        let wanted = self.services.len();
        eventually("the services to meet", async || {
            let system = self.get(&self.people.owner, "/api/system").await.ok()?;
            let there = system["instances"].as_array()?.len();
            let channels = self.get(&self.people.owner, "/api/channels").await.ok()?;
            let connected = channels["items"][0]["health"] == "connected";
            (there == wanted && connected).then_some(())
        })
        .await
    }

    /// `host:port` of the gateway.
    pub(crate) fn host(&self) -> anyhow::Result<String> {
        let public = self.services[0].1.addresses().public;
        Ok(public.context("the gateway has a public edge")?.to_string())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host().unwrap_or_default())
    }

    pub(crate) fn request(&self, who: &Person, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.url(path));
        request.bearer_auth(&who.token)
    }

    /// The JSON of an answer that must be a success; null if it has no body.
    pub(crate) async fn ask(
        &self,
        who: &Person,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self.request(who, method.clone(), path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(
            status.is_success(),
            "{method} {path} by {}: {status}: {text}",
            who.name
        );
        if text.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_str(&text)?)
    }

    pub(crate) async fn get(&self, who: &Person, path: &str) -> anyhow::Result<Value> {
        self.ask(who, Method::GET, path, None).await
    }

    pub(crate) async fn post(
        &self,
        who: &Person,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        self.ask(who, Method::POST, path, Some(body)).await
    }

    /// Where a service listens for the others.
    pub(crate) fn grpc(&self) -> impl Iterator<Item = (&'static str, String)> {
        let address = |service: &TestService| format!("http://{}", service.addresses().grpc);
        self.services
            .iter()
            .map(move |(name, service)| (*name, address(service)))
    }
}

/// Somebody at an address of their own, so that nobody is slowed down for what others tried.
pub(crate) fn client(address: u8) -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .no_proxy()
        .local_address(IpAddr::from([127, 0, 0, address]))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .build()?)
}

async fn start<S: App>(config: Config) -> anyhow::Result<(&'static str, TestService)> {
    Ok((S::NAME, TestService::start::<S>(config).await?))
}

fn configuration(
    database: &TestDatabase,
    valkey: &TestValkey,
    model: &ModelServer,
    bot: &BotApi,
    internal: &SecretString,
) -> anyhow::Result<Config> {
    let mut config = Config::for_tests()?;
    config.postgres.url = database.url().clone();
    config.postgres.max_connections = 8;
    config.valkey.url = valkey.url().clone();
    config.internal.token = Some(internal.clone());
    "openai".clone_into(&mut config.providers.default);
    let provider = config
        .providers
        .named
        .get_mut("openai")
        .context("a provider")?;
    provider.base_url = Some(model.openai_url().into());
    provider.api_key = Some(SecretString::from("test-key"));
    provider.default_model = Some("scripted".to_owned());
    config.channels.telegram.token = Some(SecretString::from(BOT_TOKEN));
    bot.url().clone_into(&mut config.channels.telegram.api_url);
    config.memory.embedder = mosaic_config::EmbedderKind::Hashed;
    config.gateway.stream_poll_ms = 300;
    Ok(config)
}
