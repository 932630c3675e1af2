//! Asking memory-indexer what is remembered of a person.

use std::time::Duration;

use mosaic_proto::memory::v1::memory_service_client::MemoryServiceClient;
use mosaic_proto::memory::v1::{SearchRequest, SearchResponse};
use mosaic_telemetry::propagation;
use tonic::Request;

use crate::{PeerError, Peers};

/// The service that keeps the index.
const INDEXER: &str = "memory-indexer";

/// Searches at any instance of the indexer. Whoever calls has proven for whom the request asks.
pub async fn search_memory(
    peers: &Peers,
    deadline: Duration,
    request: SearchRequest,
) -> Result<SearchResponse, PeerError> {
    let call = |channel| {
        let request = request.clone();
        async move {
            let mut request = propagation::inject_grpc(Request::new(request))?;
            request.set_timeout(deadline);
            let answer = MemoryServiceClient::new(channel).search(request).await?;
            Ok(answer.into_inner())
        }
    };
    peers.call(INDEXER, deadline, call).await
}
