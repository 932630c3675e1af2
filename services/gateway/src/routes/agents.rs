//! `GET /api/agents`

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{AgentBody, AgentList};

/// Lists the agents that can be chosen.
#[utoipa::path(
    get,
    path = "/api/agents",
    operation_id = "listAgents",
    tag = "conversations",
    responses((status = OK, body = AgentList, description = "All of them"), Reading)
)]
pub(crate) async fn agents(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<AgentList>> {
    identity.allow(Action::Read)?;
    let usual = gateway.choices.usual_agent();
    let agents = gateway.choices.agents();
    let items = agents.map(|agent| AgentBody::new(agent, agent.name == usual));
    Ok(Json(AgentList {
        items: items.collect(),
    }))
}
