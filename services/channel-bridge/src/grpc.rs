//! What other services may ask of the bridge.

use mosaic_channels::{HealthState, Intake, Refused};
use mosaic_proto::channel::v1::channel_service_server::ChannelService;
use mosaic_proto::channel::v1::{
    Channel, ChannelHealth, ChannelMode, ListChannelsRequest, ListChannelsResponse,
    ReceiveUpdateRequest, ReceiveUpdateResponse,
};
use tonic::{Request, Response, Status};

use crate::bridge::Bridge;

/// The service.
#[derive(Debug)]
pub(crate) struct Channels(pub(crate) Bridge);

#[tonic::async_trait]
impl ChannelService for Channels {
    async fn list_channels(
        &self,
        _request: Request<ListChannelsRequest>,
    ) -> Result<Response<ListChannelsResponse>, Status> {
        let channels = self.0.channels.values().map(|adapter| {
            let health = adapter.health();
            let state = match health.state {
                HealthState::Connected => ChannelHealth::Connected,
                HealthState::Degraded => ChannelHealth::Degraded,
                HealthState::Disconnected => ChannelHealth::Disconnected,
            };
            let mode = match adapter.intake() {
                Intake::Polling => ChannelMode::Polling,
                Intake::Webhook { .. } => ChannelMode::Webhook,
            };
            Channel {
                name: adapter.name().to_owned(),
                health: state.into(),
                detail: health.detail,
                username: health
                    .profile
                    .map(|profile| profile.username)
                    .unwrap_or_default(),
                mode: mode.into(),
            }
        });
        Ok(Response::new(ListChannelsResponse {
            channels: channels.collect(),
        }))
    }

    async fn receive_update(
        &self,
        request: Request<ReceiveUpdateRequest>,
    ) -> Result<Response<ReceiveUpdateResponse>, Status> {
        let ReceiveUpdateRequest {
            channel,
            secret,
            body,
        } = request.into_inner();
        let nowhere = || Status::not_found("there is no such webhook");
        let adapter = self.0.channels.get(channel.as_str()).ok_or_else(nowhere)?;
        let update = adapter
            .receive(&secret, &body)
            .map_err(|refused| match refused {
                Refused::Stranger => nowhere(),
                Refused::Malformed(reason) => Status::invalid_argument(reason),
            })?;
        match self.0.take_in(adapter.as_ref(), &update).await {
            Ok(()) => Ok(Response::new(ReceiveUpdateResponse {})),
            Err(failure) if failure.passing => Err(Status::unavailable("it cannot be stored now")),
            Err(_) => Err(Status::internal("it cannot be dealt with")),
        }
    }
}
