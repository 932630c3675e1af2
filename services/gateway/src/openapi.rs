//! The document that describes the API.

use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi as Document};

/// Its fixed part; routes add themselves.
#[derive(Document)]
#[openapi(
    info(
        title = "Mosaic",
        description = "Conversations with agents: send a message, watch its run, resume where the connection broke.\n\nErrors are problems as in RFC 9457. Streams are resumed with the `id` of the last event that was received.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(mosaic_error::Problem, mosaic_error::FieldError, mosaic_error::ErrorCode)),
    modifiers(&Credentials),
    security(("token" = []), ("session" = [])),
    tags(
        (name = "conversations", description = "Conversations and their messages"),
        (name = "runs", description = "Runs: one turn of an agent each"),
        (name = "memory", description = "What is remembered of the caller"),
        (name = "summaries", description = "What conversations were about, and what stands for their older part"),
        (name = "channels", description = "Chat channels: whose account is whose, and who answers there"),
        (name = "operation", description = "What operators see"),
        (name = "identity", description = "Who is calling"),
        (name = "people", description = "Workspaces, who belongs to them, teams, invitations, and everybody's accounts"),
    )
)]
pub(crate) struct ApiDoc;

/// Tokens in the `Authorization` header, and sessions in a cookie.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A personal API token, `mos_…`."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
        let cookie = ApiKeyValue::with_description(
            crate::cookie::NAME,
            "Set by `POST /api/session`. Called `__Host-mosaic_session` over https.",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}
