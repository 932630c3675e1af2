//! Connections to Valkey. One multiplexed connection with reconnect serves every short command of the process; a
//! blocking read gets a connection of its own, because everything sent on its socket meanwhile would wait for it.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncConnectionConfig, FromRedisValue, IntoConnectionInfo, RedisResult};
use secrecy::ExposeSecret;

use crate::doorbell::Doorbells;
use crate::error::{Error, Result};
use crate::events::Events;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::options::BusOptions;
use crate::queue::Queue;
use crate::rate_limit::RateLimits;
use crate::run_log::RunLogs;

/// What Valkey says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// Version of Valkey, or of Redis where that is what answers.
    pub version: String,
    /// Changes with every start of the server.
    pub run_id: String,
    /// Memory in use, in bytes.
    pub used_memory: u64,
}

/// The bus. Cheap to clone; all clones share one connection.
#[derive(Clone)]
pub struct Bus {
    inner: Arc<Inner>,
}

struct Inner {
    client: redis::Client,
    manager: ConnectionManager,
    options: BusOptions,
    endpoint: String,
    keys: Keys,
    metrics: Metrics,
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus")
            .field("endpoint", &self.inner.endpoint)
            .field("prefix", &self.inner.options.prefix)
            .finish_non_exhaustive()
    }
}

impl Bus {
    /// Connects and checks that Valkey answers. Later losses of the connection heal by themselves.
    pub async fn connect(options: BusOptions) -> Result<Self> {
        let client = open(&options)?;
        let endpoint = client.get_connection_info().addr().to_string();
        let unreachable = |reason: String| Error::Unreachable {
            endpoint: endpoint.clone(),
            reason,
        };
        let manager = ConnectionManager::new_lazy_with_config(client.clone(), config(&options))
            .map_err(|error| unreachable(error.to_string()))?;
        let bus = Self {
            inner: Arc::new(Inner {
                client,
                manager,
                endpoint: endpoint.clone(),
                keys: Keys::new(&options.prefix),
                metrics: Metrics::new(),
                options,
            }),
        };
        bus.ping().await.map_err(|error| match error {
            Error::Command { source, .. } => unreachable(source.to_string()),
            other => other,
        })?;
        Ok(bus)
    }

    /// Whether Valkey answers now.
    pub async fn ping(&self) -> Result<()> {
        let ping = redis::cmd("PING");
        self.command("answer a ping", &ping).await
    }

    /// What Valkey says of itself.
    pub async fn server(&self) -> Result<ServerInfo> {
        let mut info = redis::cmd("INFO");
        info.arg("server").arg("memory");
        let text: String = self.command("describe itself", &info).await?;
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .map(|value| value.trim().to_owned())
        };
        Ok(ServerInfo {
            version: field("valkey_version")
                .or_else(|| field("redis_version"))
                .unwrap_or_default(),
            run_id: field("run_id").unwrap_or_default(),
            used_memory: field("used_memory")
                .and_then(|text| text.parse().ok())
                .unwrap_or_default(),
        })
    }

    /// Host and port, for messages.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.inner.endpoint
    }

    /// The names of everything on the bus.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// The logs of runs.
    #[must_use]
    pub fn run_logs(&self) -> RunLogs {
        RunLogs::new(self.clone())
    }

    /// The task queue of this name.
    #[must_use]
    pub fn queue(&self, name: &str) -> Queue {
        Queue::new(self.clone(), name)
    }

    /// The names of all queues that were ever pushed to or consumed from.
    pub async fn queues(&self) -> Result<Vec<String>> {
        let mut members = redis::cmd("SMEMBERS");
        members.arg(self.keys().queues());
        let mut names: Vec<String> = self.command("list the queues", &members).await?;
        names.sort();
        Ok(names)
    }

    /// The event streams.
    #[must_use]
    pub fn events(&self) -> Events {
        Events::new(self.clone())
    }

    /// Starts listening for doorbells; one per process is enough.
    #[must_use]
    pub fn doorbells(
        &self,
        tracker: &tokio_util::task::TaskTracker,
        shutdown: tokio_util::sync::CancellationToken,
    ) -> Doorbells {
        Doorbells::start(self.clone(), tracker, shutdown)
    }

    /// Allowances that all replicas share; one per process is enough.
    #[must_use]
    pub fn rate_limits(
        &self,
        tracker: &tokio_util::task::TaskTracker,
        shutdown: tokio_util::sync::CancellationToken,
    ) -> RateLimits {
        RateLimits::start(self.clone(), tracker, shutdown)
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    pub(crate) fn client(&self) -> &redis::Client {
        &self.inner.client
    }

    pub(crate) fn options(&self) -> &BusOptions {
        &self.inner.options
    }

    /// Runs one command on the shared connection.
    pub(crate) async fn command<T: FromRedisValue>(
        &self,
        action: &'static str,
        command: &redis::Cmd,
    ) -> Result<T> {
        self.run(action, Request::Command(command)).await
    }

    /// Runs a pipeline on the shared connection.
    pub(crate) async fn pipeline<T: FromRedisValue>(
        &self,
        action: &'static str,
        pipeline: &redis::Pipeline,
    ) -> Result<T> {
        self.run(action, Request::Pipeline(pipeline)).await
    }

    /// Runs a script on the shared connection.
    pub(crate) async fn script<T: FromRedisValue>(
        &self,
        action: &'static str,
        call: &redis::ScriptInvocation<'_>,
    ) -> Result<T> {
        self.run(action, Request::Script(call)).await
    }

    /// Sends `request`, and once more if the connection turns out to be dead: after a restart of Valkey the first
    /// command finds a closed socket. Everything sent here bears repetition.
    async fn run<T: FromRedisValue>(
        &self,
        action: &'static str,
        request: Request<'_>,
    ) -> Result<T> {
        let mut connection = self.inner.manager.clone();
        let answer = match request.send(&mut connection).await {
            Err(error) if error.is_connection_dropped() => request.send(&mut connection).await,
            answer => answer,
        };
        answer.map_err(Error::command(action))
    }

    /// A connection for reads that block up to `block`.
    pub(crate) async fn dedicated(&self, block: Duration) -> Result<MultiplexedConnection> {
        let options = self.options();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(options.connect_timeout))
            .set_response_timeout(Some(options.response_timeout + block));
        self.client()
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(|error| Error::Unreachable {
                endpoint: self.inner.endpoint.clone(),
                reason: error.to_string(),
            })
    }
}

/// Reads the address. Small commands leave at once instead of being collected, and a connection whose other end
/// vanished without a word is given up like any answer that does not come.
fn open(options: &BusOptions) -> Result<redis::Client> {
    let invalid = |error: redis::RedisError| Error::Address {
        reason: error.to_string(),
    };
    let info = options.url.expose_secret().into_connection_info();
    let info = info.map_err(invalid)?;
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let tcp = tcp.set_user_timeout(options.response_timeout);
    redis::Client::open(info.set_tcp_settings(tcp)).map_err(invalid)
}

/// What can be sent.
#[derive(Clone, Copy)]
enum Request<'a> {
    Command(&'a redis::Cmd),
    Pipeline(&'a redis::Pipeline),
    Script(&'a redis::ScriptInvocation<'a>),
}

impl Request<'_> {
    async fn send<T: FromRedisValue>(self, connection: &mut ConnectionManager) -> RedisResult<T> {
        match self {
            Self::Command(command) => command.query_async(connection).await,
            Self::Pipeline(pipeline) => pipeline.query_async(connection).await,
            Self::Script(call) => call.invoke_async(connection).await,
        }
    }
}

/// Few and quick attempts per command: who must not give up has a loop of its own, and a command that waits out a
/// long outage would hold up callers that can do without Valkey.
fn config(options: &BusOptions) -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_number_of_retries(1)
        .set_min_delay(Duration::from_millis(20))
        .set_max_delay(Duration::from_millis(100))
        .set_connection_timeout(Some(options.connect_timeout))
        .set_response_timeout(Some(options.response_timeout))
        .set_pipeline_buffer_size(1024)
}
