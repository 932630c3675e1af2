//! The public API: one file per endpoint. Each parses, authorises, calls the domain, maps.

mod agents;
mod audit;
mod bootstrap;
mod channels;
mod chat;
mod conversations;
mod event_log;
mod events;
mod identities;
mod invitations;
mod login;
mod login_requests;
mod me;
mod members;
mod memory;
mod models;
mod oidc;
mod password_link;
mod queues;
mod refusals;
mod register;
mod runs;
mod session;
mod sessions;
mod summaries;
mod system;
mod teams;
mod tokens;
mod users;
mod workers;
mod workspaces;

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::openapi::ApiDoc;
use crate::state::Gateway;

/// Routes that answer at once, held to the time a request may take.
fn answers() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(
            conversations::list::list,
            conversations::create::create
        ))
        .routes(routes!(
            conversations::read::read,
            conversations::change::change,
            conversations::delete::delete
        ))
        .routes(routes!(
            conversations::messages::messages,
            conversations::send::send
        ))
        .routes(routes!(conversations::runs::runs))
        .routes(routes!(runs::read::read))
        .routes(routes!(runs::list::list))
        .routes(routes!(runs::stop::stop))
        .routes(routes!(runs::pause::pause))
        .routes(routes!(runs::resume::resume))
        .routes(routes!(runs::kill::kill))
        .routes(routes!(runs::kill_all::kill_all))
        .routes(routes!(runs::inject::inject))
        .routes(routes!(workers::list::list))
        .routes(routes!(workers::drain::drain))
        .routes(routes!(workers::resume::resume))
        .routes(routes!(audit::audit))
        .routes(routes!(agents::agents))
        .routes(routes!(models::models))
        .merge(me::routes())
        .routes(routes!(memory::search::search))
        .routes(routes!(
            memory::list::list,
            memory::save::save,
            memory::forget_conversation::forget_conversation
        ))
        .routes(routes!(memory::read::read, memory::forget::forget))
        .merge(session::routes())
        .merge(sessions::routes())
        .merge(tokens::routes())
        .routes(routes!(channels::list::list))
        .routes(routes!(channels::link::link))
        .routes(routes!(channels::unlink::unlink))
        .routes(routes!(
            channels::mappings::mappings,
            channels::map::map,
            channels::unmap::unmap
        ))
        .routes(routes!(channels::webhook::webhook))
        .routes(routes!(
            summaries::of_conversation::of_conversation,
            summaries::make::make
        ))
        .routes(routes!(summaries::list::list))
        .merge(queues::routes())
        .merge(oidc::routes())
        .merge(identities::routes())
        .merge(login_requests::routes())
        .merge(workspaces::routes())
        .merge(members::routes())
        .merge(teams::routes())
        .merge(invitations::routes())
        .merge(users::routes())
        .routes(routes!(event_log::event_log))
        .routes(routes!(system::system))
        .merge(bootstrap::routes())
        .routes(routes!(login::login))
        .routes(routes!(register::register))
        .routes(routes!(password_link::password_link))
}

/// Routes that stay open.
fn streams() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(conversations::watch::watch))
        .routes(routes!(runs::watch::watch))
        .routes(routes!(events::events))
        .routes(routes!(chat::chat))
}

/// Every route, with the document that describes them.
pub(crate) fn split() -> (Router<Gateway>, Router<Gateway>, OpenApi) {
    let (answers, doc) = OpenApiRouter::with_openapi(ApiDoc::openapi())
        .merge(answers())
        .split_for_parts();
    let (streams, more) = streams().split_for_parts();
    let mut doc = doc;
    doc.merge(more);
    (answers, streams, doc)
}

/// Serves the document itself.
pub(crate) fn document(doc: &OpenApi) -> Router<Gateway> {
    let text = doc.to_json().unwrap_or_default();
    let body = bytes::Bytes::from(text);
    Router::new().route(
        "/api/openapi.json",
        get(async move || ([(http::header::CONTENT_TYPE, "application/json")], body)),
    )
}
