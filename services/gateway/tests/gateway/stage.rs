//! A gateway with its stores, and people who may use it.

use std::time::Duration;

use anyhow::Context as _;
use mosaic_bus::{Bus, BusOptions};
use mosaic_config::Config;
use mosaic_domain::{ConversationId, RunId, Scope, TokenId};
use mosaic_gateway::App;
use mosaic_identity::ApiToken;
use mosaic_runtime::clock;
use mosaic_storage::{NewAdmin, Storage, StorageOptions};
use mosaic_testkit::{TestDatabase, TestService, TestValkey};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

/// Someone with a workspace and a token of their own.
pub(crate) struct Person {
    pub(crate) scope: Scope,
    pub(crate) token: ApiToken,
    pub(crate) token_id: TokenId,
}

/// Everything a test plays with. The first gateway is the one that requests go to.
pub(crate) struct Stage {
    pub(crate) gateways: Vec<TestService>,
    pub(crate) storage: Storage,
    pub(crate) bus: Bus,
    pub(crate) ada: Person,
    pub(crate) http: reqwest::Client,
    pub(crate) valkey: TestValkey,
    pub(crate) database: TestDatabase,
    configure: Box<dyn Fn(&mut Config) + Send + Sync>,
}

impl Stage {
    /// One gateway and Ada, its owner.
    pub(crate) async fn set() -> anyhow::Result<Self> {
        Self::set_with(|_| {}).await
    }

    /// The same with other settings than usual for every gateway.
    pub(crate) async fn set_with(
        configure: impl Fn(&mut Config) + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let database = TestDatabase::migrated().await?;
        let valkey = TestValkey::start().await?;
        let storage = Storage::connect(&StorageOptions {
            url: database.url().clone(),
            max_connections: 4,
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
            application: "test".to_owned(),
        })
        .await?;
        let bus = Bus::connect(BusOptions::new(valkey.url().clone())).await?;
        let ada = person(&storage, "Ada").await?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(30))
            .build()?;
        let mut stage = Self {
            gateways: Vec::new(),
            storage,
            bus,
            ada,
            http,
            valkey,
            database,
            configure: Box::new(configure),
        };
        stage.add_gateway().await?;
        Ok(stage)
    }

    /// Another gateway on the same stores; returns its number.
    pub(crate) async fn add_gateway(&mut self) -> anyhow::Result<usize> {
        let mut config = Config::for_tests()?;
        config.postgres.url = SecretString::from(self.database.url().expose_secret());
        config.postgres.max_connections = 8;
        config.valkey.url = SecretString::from(self.valkey.url().expose_secret());
        config.gateway.stream_poll_ms = 300;
        config.gateway.max_body_bytes = 64 << 10;
        config.gateway.max_message_chars = 1_000;
        (self.configure)(&mut config);
        let gateway = TestService::start::<App>(config).await?;
        gateway.ready().await?;
        self.gateways.push(gateway);
        Ok(self.gateways.len() - 1)
    }

    /// Signs somebody in and returns the cookie as a browser would send it back.
    pub(crate) async fn sign_in(&self, who: &Person) -> anyhow::Result<String> {
        let response = self
            .http
            .post(self.url("/api/session"))
            .json(&json!({"token": who.token.expose()}))
            .send()
            .await?;
        anyhow::ensure!(response.status() == 201, "{}", response.text().await?);
        let cookie = response.headers()["set-cookie"].to_str()?;
        let (pair, _) = cookie.split_once(';').context("attributes")?;
        Ok(pair.to_owned())
    }

    /// A request of an own page with a session.
    pub(crate) fn with_cookie(&self, cookie: &str, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.url(path));
        request
            .header("cookie", cookie)
            .header("origin", self.url(""))
    }

    /// Another person in a workspace of their own.
    pub(crate) async fn stranger(&self) -> anyhow::Result<Person> {
        person(&self.storage, "Bob").await
    }

    /// Somebody with this role in Ada's workspace.
    pub(crate) async fn colleague(&self, name: &str, role: &str) -> anyhow::Result<Person> {
        let mut person = person(&self.storage, name).await?;
        let (user, workspace) = (person.scope.user_id, self.ada.scope.workspace_id);
        for statement in [
            format!(
                "INSERT INTO memberships (workspace_id, user_id, role) VALUES ('{workspace}', '{user}', '{role}')"
            ),
            format!("UPDATE api_tokens SET workspace_id = '{workspace}' WHERE user_id = '{user}'"),
        ] {
            self.database.execute(&statement).await?;
        }
        person.scope.workspace_id = workspace;
        Ok(person)
    }

    /// `host:port` of a gateway.
    pub(crate) fn host(&self, gateway: usize) -> anyhow::Result<String> {
        let address = self.gateways[gateway].addresses().public;
        Ok(address
            .context("the gateway has a public edge")?
            .to_string())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        let address = self.gateways[0].addresses().public;
        let host = address
            .map(|address| address.to_string())
            .unwrap_or_default();
        format!("http://{host}{path}")
    }

    /// A request by Ada.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_by(&self.ada, method, path)
    }

    pub(crate) fn request_by(&self, who: &Person, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, self.url(path))
            .bearer_auth(who.token.expose())
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Response> {
        Ok(self.request(Method::GET, path).send().await?)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Response> {
        Ok(self.request(Method::POST, path).json(body).send().await?)
    }

    /// The JSON of a successful answer to Ada.
    pub(crate) async fn read(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.get(path).await?.error_for_status()?.json().await?)
    }

    /// A new conversation of Ada's.
    pub(crate) async fn conversation(&self) -> anyhow::Result<ConversationId> {
        let response = self.post("/api/conversations", &json!({})).await?;
        let body: Value = response.error_for_status()?.json().await?;
        Ok(body["id"].as_str().context("an id")?.parse()?)
    }

    /// Ada says something; returns the acknowledgement.
    pub(crate) async fn say(
        &self,
        conversation: ConversationId,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let path = format!("/api/conversations/{conversation}/messages");
        let response = self.post(&path, body).await?;
        anyhow::ensure!(response.status() == 202, "{}", response.text().await?);
        Ok(response.json().await?)
    }

    /// Ada says something that gets a run of its own; returns the run.
    pub(crate) async fn ask(
        &self,
        conversation: ConversationId,
        content: &str,
    ) -> anyhow::Result<RunId> {
        let accepted = self.say(conversation, &json!({"content": content})).await?;
        run_id(&accepted)
    }
}

/// The run that an acknowledgement names.
pub(crate) fn run_id(accepted: &Value) -> anyhow::Result<RunId> {
    Ok(accepted["runId"].as_str().context("a run id")?.parse()?)
}

async fn person(storage: &Storage, name: &str) -> anyhow::Result<Person> {
    let token = ApiToken::generate();
    let new = NewAdmin {
        user_id: clock::id(),
        name: name.to_owned(),
        workspace_id: clock::id(),
        workspace: format!("{name}'s"),
        token_id: clock::id(),
        token_hash: *token.hash().as_bytes(),
    };
    let created = storage.create_member(&new).await?;
    Ok(Person {
        scope: created.scope,
        token,
        token_id: new.token_id,
    })
}

/// Reads a problem and checks what every problem has.
pub(crate) async fn problem(response: Response, status: u16, code: &str) -> anyhow::Result<Value> {
    let header = |name: &str| {
        let value = response.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let (kind, id) = (header("content-type"), header("x-request-id"));
    let (got, url) = (response.status(), response.url().clone());
    let text = response.text().await?;
    anyhow::ensure!(got == status, "{url}: {got} instead of {status}: {text}");
    anyhow::ensure!(kind == "application/problem+json", "{url}: {kind}");
    let body: Value = serde_json::from_str(&text)?;
    assert_eq!(body["code"], code, "{text}");
    assert_eq!(body["status"], status, "{text}");
    assert_eq!(body["type"], format!("urn:mosaic:problem:{code}"));
    assert_eq!(body["requestId"], id.as_str());
    for field in ["title", "detail", "remedy"] {
        assert!(
            body[field].as_str().is_some_and(|text| text.len() > 5),
            "{field}: {text}"
        );
    }
    Ok(body)
}
