//! `/api/channels`

pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod map;
pub(crate) mod mappings;
pub(crate) mod unlink;
pub(crate) mod unmap;
pub(crate) mod webhook;

use std::time::Duration;

use mosaic_proto::channel::v1::channel_service_client::ChannelServiceClient;
use mosaic_proto::channel::v1::{Channel, ListChannelsRequest};
use mosaic_service::PeerError;
use mosaic_telemetry::propagation;
use tonic::Request;

use crate::error::{ApiError, ApiResult};
use crate::state::Gateway;

/// The service that carries channels.
const BRIDGE: &str = "channel-bridge";
/// How long it may take to say how channels are.
const DEADLINE: Duration = Duration::from_secs(2);
/// The channels that this version knows.
const KNOWN: [&str; 1] = ["telegram"];

/// The name of a channel in a path.
fn known(channel: &str) -> ApiResult<&'static str> {
    let known = KNOWN.into_iter().find(|known| *known == channel);
    known.ok_or_else(|| {
        let name: String = channel.chars().take(64).collect();
        ApiError::not_found("channel", name)
    })
}

/// The configured channels as the bridge has them.
async fn configured(gateway: &Gateway) -> Result<Vec<Channel>, PeerError> {
    let ask = async |channel| {
        let request = propagation::inject_grpc(Request::new(ListChannelsRequest {}))?;
        let mut client = ChannelServiceClient::new(channel);
        let answer = client.list_channels(request).await?;
        Ok(answer.into_inner().channels)
    };
    gateway.peers.call(BRIDGE, DEADLINE, ask).await
}
