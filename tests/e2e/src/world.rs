//! The installation.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use mosaic_domain::{NumberedStep, RunId, Scope, StepRecord};
use mosaic_embedded::{
    DiscoverOptions, Engines, Persistence, Postgres, PostgresOptions, Valkey, ValkeyOptions,
};
use mosaic_identity::ApiToken;
use mosaic_storage::{NewAdmin, Storage, StorageOptions};
use mosaic_testkit::model_server::{ModelServer, Script};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::process::free_port;
use crate::{Launcher, ProbeServer, Process, Watcher};

/// How long anything may take that a test waits for.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Names the folder with the engines; `cargo xtask test` sets it.
const ENGINES: &str = "MOSAIC_TEST_ENGINES";

/// What a test wants to differ from the usual.
#[derive(Debug, Default)]
pub struct Scene {
    /// What the model answers.
    pub script: Option<Script>,
    /// Whether calls of `probe` wait until they are released.
    pub hold_probe: bool,
    /// Further variables of every service.
    pub variables: Vec<(String, String)>,
}

/// Private engines, a scripted model, a token, and whatever services a test starts.
#[derive(Debug)]
pub struct World {
    /// The record.
    pub postgres: Postgres,
    /// The bus.
    pub valkey: Valkey,
    /// The model.
    pub model: ModelServer,
    /// Behind the tool `probe`.
    pub probe: ProbeServer,
    /// The record as tests look into it.
    pub storage: Storage,
    /// Whose token it is.
    pub scope: Scope,
    /// A valid API token.
    pub token: String,
    launcher: Launcher,
    folder: TempDir,
}

impl World {
    /// Starts engines, model and probe, applies the schema and creates a person.
    pub async fn start(scene: Scene) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        // As root the engines run under another account, which must get through.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
        let engines = engines().await?;
        let postgres = Postgres::start(PostgresOptions::new(
            engines.postgres,
            folder.path().join("pg"),
        ))
        .await?;
        let valkey = Valkey::start(ValkeyOptions {
            persistence: Persistence::None,
            ..ValkeyOptions::new(engines.valkey, folder.path().join("valkey"))
        })
        .await?;
        let owner = storage(postgres.url()).await?;
        owner.migrate().await?;
        owner.provide_role(postgres.url_of_services()).await?;
        owner.close().await;
        let storage = storage(postgres.url_of_services()).await?;
        let (scope, token) = person(&storage).await?;
        let model = ModelServer::start(scene.script.unwrap_or_else(Script::echo)).await?;
        let probe = ProbeServer::start(scene.hold_probe).await?;
        let mut variables = vec![
            (
                "MOSAIC_POSTGRES__URL".into(),
                postgres.url_of_services().expose_secret().to_owned(),
            ),
            (
                "MOSAIC_VALKEY__URL".into(),
                valkey.url().expose_secret().to_owned(),
            ),
            ("MOSAIC_PROVIDERS__DEFAULT".into(), "openai".into()),
            (
                "MOSAIC_PROVIDERS__OPENAI__BASE_URL".into(),
                model.openai_url(),
            ),
            (
                "MOSAIC_PROVIDERS__OPENAI__API_KEY".into(),
                "test-key".into(),
            ),
            (
                "MOSAIC_PROVIDERS__OPENAI__DEFAULT_MODEL".into(),
                "scripted".into(),
            ),
            (
                "MOSAIC_INTERNAL__TOKEN".into(),
                Uuid::now_v7().simple().to_string(),
            ),
            ("PROBE_URL".into(), probe.url().to_owned()),
            ("HOME".into(), folder.path().display().to_string()),
        ];
        // Tests ask faster than people do.
        for whose in ["USER", "CREDENTIAL", "ADDRESS"] {
            let name = format!("MOSAIC_LIMITS__{whose}_PER_MINUTE");
            variables.push((name, "1000000".into()));
        }
        variables.extend(scene.variables);
        Ok(Self {
            postgres,
            valkey,
            model,
            probe,
            storage,
            scope,
            token,
            launcher: Launcher::new(variables, folder.path()),
            folder,
        })
    }

    /// Starts a worker that has the tool `probe`.
    pub async fn worker(&self) -> anyhow::Result<Process> {
        self.service("probe-worker", "AGENT_WORKER", &[]).await
    }

    /// Starts a gateway; its address is the second value.
    pub async fn gateway(&self) -> anyhow::Result<(Process, String)> {
        let port = free_port()?;
        let listen = (
            "MOSAIC_GATEWAY__LISTEN".to_owned(),
            format!("127.0.0.1:{port}"),
        );
        let process = self.service("mosaic-gateway", "GATEWAY", &[listen]).await?;
        Ok((process, format!("http://127.0.0.1:{port}")))
    }

    /// Starts a program as a service whose section is `section`.
    pub async fn service(
        &self,
        program: &str,
        section: &str,
        more: &[(String, String)],
    ) -> anyhow::Result<Process> {
        let admin = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        self.launcher.start(program, section, admin, more).await
    }

    /// What starts services, for those who do so on their own.
    #[must_use]
    pub const fn launcher(&self) -> &Launcher {
        &self.launcher
    }

    /// Another person with a workspace of their own, and their token.
    pub async fn stranger(&self) -> anyhow::Result<(Scope, String)> {
        let (new, token) = newcomer("Stranger");
        let created = self.storage.create_member(&new).await?;
        Ok((created.scope, token))
    }

    /// The variables of every service.
    #[must_use]
    pub fn variables(&self) -> &[(String, String)] {
        self.launcher.variables()
    }

    /// A folder that goes with this world.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Begins a conversation, sends a message and says which run answers it.
    pub async fn send(&self, gateway: &str, content: &str) -> anyhow::Result<RunId> {
        let conversation = self.call(gateway, "/api/conversations", json!({})).await?;
        let id = conversation["id"].as_str().context("no id")?;
        self.send_to(gateway, id, json!({"content": content})).await
    }

    /// Sends a message to a conversation.
    pub async fn send_to(
        &self,
        gateway: &str,
        conversation: &str,
        message: Value,
    ) -> anyhow::Result<RunId> {
        let path = format!("/api/conversations/{conversation}/messages");
        let sent = self.call(gateway, &path, message).await?;
        Ok(sent["runId"].as_str().context("no run id")?.parse()?)
    }

    /// Posts JSON and returns the answer.
    pub async fn call(&self, gateway: &str, path: &str, body: Value) -> anyhow::Result<Value> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()?;
        let url = format!("{gateway}{path}");
        let answer = client
            .post(url)
            .bearer_auth(&self.token)
            .json(&body)
            .send()
            .await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        anyhow::ensure!(status.is_success(), "{status}: {body}");
        Ok(body)
    }

    /// Watches a run through these gateways.
    pub fn watch(&self, gateways: &[&str], run_id: RunId) -> anyhow::Result<Watcher> {
        let gateways = gateways.iter().map(|url| (*url).to_owned()).collect();
        Watcher::new(gateways, &format!("/api/runs/{run_id}/events"), &self.token)
    }

    /// Which of these workers holds a run.
    pub async fn holder(&self, run_id: RunId, workers: &[Process]) -> anyhow::Result<usize> {
        let admin = eventually("a worker to hold the run", async || {
            let run = self.storage.run(self.scope, run_id).await.ok()??;
            let instances = self.storage.instances(PATIENCE).await.ok()?;
            let holder = instances
                .into_iter()
                .find(|one| Some(one.id) == run.worker_id)?;
            Some(holder.admin_address)
        })
        .await?;
        let position = workers
            .iter()
            .position(|worker| worker.admin.to_string() == admin);
        position.context("the run is held by a stranger")
    }

    /// The recorded steps of a run, each as `number kind state`.
    pub async fn recorded_steps(&self, run_id: RunId) -> anyhow::Result<Vec<String>> {
        let steps = self
            .storage
            .run_steps(self.scope, run_id)
            .await?
            .context("no such run")?;
        let told = |step: NumberedStep| {
            let state = match step.record {
                StepRecord::Model { .. } => "completed",
                StepRecord::Tool { state, .. } => state.as_str(),
            };
            format!("{} {} {state}", step.step, step.record.kind().as_str())
        };
        Ok(steps.into_iter().map(told).collect())
    }
}

/// Tries until `attempt` gives a value.
pub async fn eventually<T>(
    what: &str,
    mut attempt: impl AsyncFnMut() -> Option<T>,
) -> anyhow::Result<T> {
    let tries = async {
        loop {
            if let Some(found) = attempt().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, tries)
        .await
        .with_context(|| format!("waited in vain for {what}"))
}

async fn engines() -> anyhow::Result<Engines> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a variable of the test run, not the product's"
    )]
    let store = std::env::var(ENGINES)
        .with_context(|| format!("{ENGINES} is not set; run the tests with `cargo xtask test`"))?;
    let options = DiscoverOptions {
        configured: None,
        store: PathBuf::from(store),
        search_path: mosaic_config::environment::search_path(),
    };
    Ok(Engines::ensure(&options).await?)
}

async fn storage(url: &SecretString) -> anyhow::Result<Storage> {
    let options = StorageOptions {
        url: url.clone(),
        max_connections: 4,
        connect_timeout: PATIENCE,
        statement_timeout: PATIENCE,
        application: "e2e".into(),
    };
    Ok(Storage::connect(&options).await?)
}

async fn person(storage: &Storage) -> anyhow::Result<(Scope, String)> {
    let (admin, token) = newcomer("Owner");
    let created = storage.create_admin(&admin).await?;
    Ok((created.scope, token))
}

fn newcomer(name: &str) -> (NewAdmin, String) {
    let token = ApiToken::generate();
    let new = NewAdmin {
        user_id: Uuid::now_v7().into(),
        name: name.into(),
        workspace_id: Uuid::now_v7().into(),
        workspace: format!("{name}'s"),
        token_id: Uuid::now_v7().into(),
        token_hash: *token.hash().as_bytes(),
    };
    (new, token.expose().to_owned())
}
