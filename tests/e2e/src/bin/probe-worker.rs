//! The agent-worker with one more tool, `probe`: it calls a server of the test, which counts, and it must never be
//! repeated. Otherwise this is the service as it ships.

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use mosaic_agent_worker::Builder;
use mosaic_config::Config;
use mosaic_runtime::{Addresses, App, Failure, Lifecycle, StartError};
use mosaic_tools::{Tool, ToolContext, ToolError, ToolSpec};
use serde_json::{Value, json};

/// Names the server that counts.
const URL: &str = "PROBE_URL";

fn main() -> ExitCode {
    mosaic_runtime::main::<ProbeWorker>()
}

struct ProbeWorker(mosaic_agent_worker::App);

impl App for ProbeWorker {
    const NAME: &'static str = "agent-worker";

    async fn build(config: Arc<Config>, life: Lifecycle) -> Result<Self, StartError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a test's own variable, not the product's"
        )]
        let url = std::env::var(URL)
            .map_err(|error| StartError::new(URL, error, "Start this program from its test."))?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| StartError::new("HTTP client", error, ""))?;
        let builder = Builder::default().with_tool(Arc::new(Probe { url, client }));
        builder.build(config, life).await.map(Self)
    }

    fn addresses(&self) -> Addresses {
        self.0.addresses()
    }

    async fn run(self) -> Result<(), Failure> {
        self.0.run().await
    }
}

#[derive(Debug)]
struct Probe {
    url: String,
    client: reqwest::Client,
}

#[async_trait]
impl Tool for Probe {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "probe",
            description: "Counts its calls.",
            parameters: json!({"type": "object"}),
            idempotent: false,
        }
    }

    async fn call(&self, arguments: Value, context: ToolContext) -> Result<String, ToolError> {
        let failed = |error: reqwest::Error| ToolError::Failed(error.to_string());
        let (run_id, step) = (context.fence.run_id, context.step);
        let answer = self
            .client
            .post(&self.url)
            .json(&json!({"runId": run_id, "step": step, "arguments": arguments}))
            .send()
            .await
            .map_err(failed)?;
        answer.text().await.map_err(failed)
    }
}
