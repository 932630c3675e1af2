//! The server behind the tool `probe`: counts calls, and can hold them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
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
    gate: Semaphore,
}

impl ProbeServer {
    /// Starts it. While `held`, calls are counted and wait for [`ProbeServer::release`].
    pub async fn start(held: bool) -> anyhow::Result<Self> {
        let permits = if held { 0 } else { Semaphore::MAX_PERMITS };
        let shared = Arc::new(Shared {
            calls: AtomicUsize::new(0),
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

    /// Lets calls be answered from now on.
    pub fn release(&self) {
        self.shared.gate.add_permits(1_000);
    }
}

impl Drop for ProbeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>) -> String {
    let number = shared.calls.fetch_add(1, Ordering::SeqCst) + 1;
    // The gate is never closed.
    let _permit = shared.gate.acquire().await;
    format!("probe {number}")
}
