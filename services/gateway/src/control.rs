//! Straight to the worker that holds a run, past every queue.

use std::time::Duration;

use moka::future::Cache;
use mosaic_domain::RunId;
use mosaic_proto::agent::v1::CancelRequest;
use mosaic_proto::agent::v1::agent_control_service_client::AgentControlServiceClient;
use mosaic_telemetry::propagation;
use secrecy::{ExposeSecret as _, SecretString};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// A word that takes longer is not waited for.
const DEADLINE: Duration = Duration::from_secs(1);
/// Connections to workers that nothing was said to for this long are closed.
const IDLE: Duration = Duration::from_mins(10);

/// Connections to workers.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    channels: Cache<String, Channel>,
    credentials: Credentials,
}

impl Control {
    /// No connections yet. `token` is what services know each other by, where that is configured.
    #[must_use]
    pub(crate) fn new(token: Option<&SecretString>) -> Self {
        Self {
            channels: Cache::builder()
                .max_capacity(1_000)
                .time_to_idle(IDLE)
                .build(),
            credentials: Credentials::new(token),
        }
    }

    /// Tells the worker at `address` to end a run. Returns whether it held it.
    pub(crate) async fn cancel(
        &self,
        address: &str,
        run_id: RunId,
        reason: String,
    ) -> Result<bool, Status> {
        let mut request = propagation::inject_grpc(Request::new(CancelRequest {
            run_id: run_id.to_string(),
            reason,
        }))?;
        request.set_timeout(DEADLINE);
        let mut client = self.client(address).await?;
        let answer = tokio::time::timeout(DEADLINE, client.cancel(request))
            .await
            .map_err(|_| Status::deadline_exceeded("the worker did not answer in time"))??;
        Ok(answer.into_inner().held)
    }

    async fn client(
        &self,
        address: &str,
    ) -> Result<AgentControlServiceClient<InterceptedService<Channel, Credentials>>, Status> {
        let channel = if let Some(channel) = self.channels.get(address).await {
            channel
        } else {
            let endpoint = Endpoint::from_shared(format!("http://{address}"))
                .map_err(|error| Status::invalid_argument(format!("{address}: {error}")))?;
            let channel = endpoint.connect_timeout(DEADLINE).connect_lazy();
            self.channels
                .insert(address.to_owned(), channel.clone())
                .await;
            channel
        };
        Ok(AgentControlServiceClient::with_interceptor(
            channel,
            self.credentials.clone(),
        ))
    }
}

/// What this service shows its peers.
#[derive(Debug, Clone)]
struct Credentials {
    bearer: Option<MetadataValue<Ascii>>,
}

impl Credentials {
    fn new(token: Option<&SecretString>) -> Self {
        let bearer = token.and_then(|token| {
            let text = format!("Bearer {}", token.expose_secret());
            let mut value: MetadataValue<Ascii> = text.parse().ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        Self { bearer }
    }
}

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(bearer) = &self.bearer {
            request
                .metadata_mut()
                .insert("authorization", bearer.clone());
        }
        Ok(request)
    }
}
