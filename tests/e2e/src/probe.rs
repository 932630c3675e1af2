//! The server behind the tool `probe`: counts calls and what each of them did, and can hold them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use mosaic_domain::RunId;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// The running server.
#[derive(Debug)]
pub struct ProbeServer {
    shared: Arc<Shared>,
    url: String,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    calls: AtomicUsize,
    effects: Mutex<BTreeMap<Call, usize>>,
    gate: Semaphore,
}

/// One call of the tool: the step of a run that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The run.
    pub run_id: RunId,
    /// The step.
    pub step: u32,
}

/// What the tool sends.
#[derive(Deserialize)]
struct Body {
    #[serde(flatten)]
    call: Call,
    arguments: Arguments,
}

/// What a model may ask of the tool.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Arguments {
    /// How long the call takes after it had its effect.
    #[serde(default)]
    takes_ms: u64,
}

impl ProbeServer {
    /// Starts it. While `held`, calls are counted and wait for [`ProbeServer::release`].
    pub async fn start(held: bool) -> anyhow::Result<Self> {
        let permits = if held { 0 } else { Semaphore::MAX_PERMITS };
        let shared = Arc::new(Shared {
            calls: AtomicUsize::new(0),
            effects: Mutex::default(),
            gate: Semaphore::new(permits),
        });
        let router = Router::new()
            .route("/", post(answer))
            .with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        #[expect(
            clippy::disallowed_methods,
            reason = "a test's server, aborted when it is dropped"
        )]
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { shared, url, task })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Calls that have arrived.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.shared.calls.load(Ordering::SeqCst)
    }

    /// What calls did, for those who outlive a borrow of this.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        Ledger(Arc::clone(&self.shared))
    }

    /// Lets calls be answered from now on.
    pub fn release(&self) {
        self.shared.gate.add_permits(1_000);
    }
}

/// The effects of all calls. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger(Arc<Shared>);

impl Ledger {
    /// How often each call had its effect.
    #[must_use]
    pub fn effects(&self) -> BTreeMap<Call, usize> {
        let effects = self.0.effects.lock();
        effects.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for ProbeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, body: Bytes) -> String {
    let number = shared.calls.fetch_add(1, Ordering::SeqCst) + 1;
    if let Ok(Body { call, arguments }) = serde_json::from_slice(&body) {
        let effects = shared.effects.lock();
        *effects
            .unwrap_or_else(PoisonError::into_inner)
            .entry(call)
            .or_default() += 1;
        tokio::time::sleep(Duration::from_millis(arguments.takes_ms)).await;
    }
    // The gate is never closed.
    let _permit = shared.gate.acquire().await;
    format!("probe {number}")
}
