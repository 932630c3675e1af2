//! `GET /api/system`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use mosaic_identity::Action;
use mosaic_runtime::{ComponentState, VERSION};

use crate::error::ApiResult;
use crate::extract::Identity;
use crate::routes::refusals::Reading;
use crate::state::Gateway;
use crate::wire::{ComponentBody, InstanceBody, SystemBody};

/// An instance that was not heard of for this long counts as gone.
const HEARD_OF: Duration = Duration::from_secs(15);

/// The installation as it runs: what the gateway depends on, running services, model providers. For owners and admins.
#[utoipa::path(
    get,
    path = "/api/system",
    operation_id = "readSystem",
    tag = "operation",
    responses((status = OK, body = SystemBody, description = "The installation"), Reading)
)]
pub(crate) async fn system(
    State(gateway): State<Gateway>,
    identity: Identity,
) -> ApiResult<Json<SystemBody>> {
    identity.allow(Action::Operate)?;
    let instances = gateway.storage.instances(HEARD_OF).await?;
    let providers = gateway.providers.check().await;
    let components = gateway.life.readiness().components();
    Ok(Json(SystemBody {
        version: VERSION.to_owned(),
        components: components.into_iter().map(component).collect(),
        instances: instances.into_iter().map(InstanceBody::from).collect(),
        providers,
    }))
}

fn component(state: ComponentState) -> ComponentBody {
    ComponentBody {
        name: state.name,
        ok: state.problem.is_none(),
        detail: state.problem.unwrap_or_else(|| "ready".to_owned()),
    }
}
