//! A scripted model server: real HTTP on a free port, in the wire protocols of `OpenAI`, Anthropic and Ollama.
//!
//! It exists so that the whole way to a model is tested as it runs in production: sockets, streaming, time-outs,
//! errors in each provider's own shape and connections that break. It is strict: a request that the real service
//! would refuse is refused here too. What it answers is a [`Script`]; choosing a turn depends only on the request
//! and the script, so a run that is resumed after a crash gets the same answers.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use mosaic_testkit::model_server::{ModelServer, Script};
//! use serde_json::json;
//!
//! let script = Script::echo().when("weather").tool_call("clock", json!({})).then_text("Sunny at noon.");
//! let server = ModelServer::start(script).await?;
//! println!("{}", server.openai_url());
//! # Ok(()) }
//! ```

mod anthropic;
mod builder;
mod content;
mod embeddings;
mod handlers;
mod ollama;
mod openai;
mod protocol;
mod record;
mod reply;
mod script;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use builder::RuleBuilder;
pub use protocol::Protocol;
pub use record::{Outcome, RecordedRequest};
pub use script::{
    Chunks, Condition, Failure, Rule, Script, ScriptError, ScriptedCall, ScriptedUsage,
    StreamFailure, Turn,
};

use record::Recorder;
use script::Compiled;

/// How a [`ModelServer`] is started.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Where to listen; port 0 picks a free one.
    pub address: SocketAddr,
    /// How many requests are remembered, the newest ones; 0 for benches.
    pub remembered: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            remembered: 1_000,
        }
    }
}

/// A running server. Dropping it stops it; [`ModelServer::stop`] also waits until it has.
#[derive(Debug)]
pub struct ModelServer {
    state: Arc<State>,
    address: SocketAddr,
    tasks: TaskTracker,
}

/// What handlers share.
#[derive(Debug)]
struct State {
    script: RwLock<Arc<Compiled>>,
    calls: AtomicU64,
    embeddings: AtomicU64,
    recorder: Recorder,
    stopping: CancellationToken,
}

impl State {
    fn script(&self) -> Arc<Compiled> {
        self.script
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The number of the next completion request, counted from 1.
    fn next_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl ModelServer {
    /// Starts on a free loopback port.
    pub async fn start(script: Script) -> io::Result<Self> {
        Self::start_with(script, Options::default()).await
    }

    /// Starts where the options say.
    pub async fn start_with(script: Script, options: Options) -> io::Result<Self> {
        let script = script.compile().map_err(io::Error::other)?;
        let listener = TcpListener::bind(options.address).await?;
        let address = listener.local_addr()?;
        let stopping = CancellationToken::new();
        let state = Arc::new(State {
            script: RwLock::new(Arc::new(script)),
            calls: AtomicU64::new(0),
            embeddings: AtomicU64::new(0),
            recorder: Recorder::new(options.remembered),
            stopping: stopping.clone(),
        });
        let service =
            handlers::router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
        // Chunks must leave as they are written: coalescing would add the client's delayed acknowledgements.
        let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
        let serving =
            axum::serve(listener, service).with_graceful_shutdown(stopping.cancelled_owned());
        let tasks = TaskTracker::new();
        tasks.spawn(async move {
            // Serving ends only by the token; a broken connection is a test's business, not the server's.
            drop(serving.await);
        });
        tasks.close();
        Ok(Self {
            state,
            address,
            tasks,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for `OpenAI` clients.
    #[must_use]
    pub fn openai_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The base URL for Anthropic clients.
    #[must_use]
    pub fn anthropic_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL for Ollama clients.
    #[must_use]
    pub fn ollama_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Replaces the script for all requests that arrive from now on.
    pub fn set_script(&self, script: Script) -> Result<(), ScriptError> {
        let compiled = Arc::new(script.compile()?);
        *self
            .state
            .script
            .write()
            .unwrap_or_else(PoisonError::into_inner) = compiled;
        Ok(())
    }

    /// How many completion requests arrived, refused ones included.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.state.calls.load(Ordering::Relaxed)
    }

    /// How many requests for vectors arrived, refused ones included. They are not among the completion requests.
    #[must_use]
    pub fn embedding_calls(&self) -> u64 {
        self.state.embeddings.load(Ordering::Relaxed)
    }

    /// The remembered requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.recorder.snapshot()
    }

    /// Waits until the remembered requests are as wanted; whether they were within the time.
    pub async fn wait_until(
        &self,
        within: Duration,
        wanted: impl Fn(&[RecordedRequest]) -> bool,
    ) -> bool {
        let waiting = async {
            while !wanted(&self.requests()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(within, waiting).await.is_ok()
    }

    /// Closes every connection, also those in the middle of an answer, and waits until the port is free.
    pub async fn stop(self) {
        self.state.stopping.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.state.stopping.cancel();
    }
}

#[cfg(test)]
mod tests;
