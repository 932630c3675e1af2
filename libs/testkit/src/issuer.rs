//! An OpenID provider of our own that lies when a test asks it to: wrong issuers and audiences, old tokens, other people's
//! nonces, missing signatures and those made with the wrong kind of key. What a certified provider never does.
//!
//! It speaks the real protocol over real HTTP, and is strict where a provider is: a code counts once, for the verifier whose
//! challenge it was made for.

mod forgery;
mod keys;
mod token;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use axum::extract::{Form, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub use forgery::Forgery;
use keys::Key;

/// The client as which Mosaic is known there.
pub const CLIENT_ID: &str = "mosaic";
/// Its secret.
pub const CLIENT_SECRET: &str = "secret-of-the-client";

/// A running provider.
#[derive(Debug)]
pub struct Issuer {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    url: String,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    key: Key,
    claims: Value,
    forgery: Option<Forgery>,
    codes: HashMap<String, Granted>,
    refresh_tokens: HashMap<String, Value>,
    down: bool,
    counts: Counts,
}

/// What was granted for a code.
#[derive(Debug)]
struct Granted {
    claims: Value,
    nonce: String,
    challenge: String,
    redirect: String,
}

/// How often something was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// The metadata.
    pub metadata: usize,
    /// The keys.
    pub keys: usize,
    /// Tokens for a code.
    pub codes: usize,
    /// Tokens for a refresh token.
    pub refreshes: usize,
}

impl Issuer {
    /// Starts it.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let shared = Arc::new(Shared {
            url: format!("http://{}", listener.local_addr()?),
            inner: Mutex::new(Inner {
                key: Key::generate()?,
                claims: json!({"sub": "ada"}),
                forgery: None,
                codes: HashMap::new(),
                refresh_tokens: HashMap::new(),
                down: false,
                counts: Counts::default(),
            }),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(Arc::clone(&shared));
        #[expect(
            clippy::disallowed_methods,
            reason = "a test's server, aborted when it is dropped"
        )]
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { shared, task })
    }

    /// How it calls itself.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Whoever signs in from now on is this person.
    pub fn person(&self, claims: Value) {
        self.shared.lock().claims = claims;
    }

    /// The next ID token is a lie.
    pub fn forge_next(&self, forgery: Forgery) {
        self.shared.lock().forgery = Some(forgery);
    }

    /// Signs with another key from now on.
    pub fn rotate(&self) -> anyhow::Result<()> {
        self.shared.lock().key = Key::generate()?;
        Ok(())
    }

    /// Answers nothing of use, or does again.
    pub fn set_down(&self, down: bool) {
        self.shared.lock().down = down;
    }

    /// Takes back everything that was granted.
    pub fn revoke_all(&self) {
        self.shared.lock().refresh_tokens.clear();
    }

    /// How often it was asked for what.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.lock().counts
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, unless it answers nothing of use.
    fn up(&self) -> Result<MutexGuard<'_, Inner>, Refusal> {
        let inner = self.lock();
        if inner.down {
            Err(Refusal(StatusCode::SERVICE_UNAVAILABLE, "down"))
        } else {
            Ok(inner)
        }
    }
}

/// An error as OAuth has them.
struct Refusal(StatusCode, &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

fn refuse(error: &'static str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, error)
}

type Answer = Result<Json<Value>, Refusal>;
type Parameters = HashMap<String, String>;

async fn metadata(State(shared): State<Arc<Shared>>) -> Answer {
    let url = &shared.url;
    shared.up()?.counts.metadata += 1;
    Ok(Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/userinfo"),
        "jwks_uri": format!("{url}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // That it says so does not make it so: whoever believes in shared secrets here believes forgeries.
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    })))
}

async fn keys(State(shared): State<Arc<Shared>>) -> Answer {
    let mut inner = shared.up()?;
    inner.counts.keys += 1;
    Ok(Json(json!({"keys": [inner.key.public()]})))
}

/// Everybody is let in at once, as the person that the test has said.
async fn authorize(
    State(shared): State<Arc<Shared>>,
    Query(parameters): Query<Parameters>,
) -> Result<Response, Refusal> {
    let mut inner = shared.up()?;
    let get = |name: &str| parameters.get(name).cloned().unwrap_or_default();
    let fits = get("response_type") == "code"
        && get("client_id") == CLIENT_ID
        && get("code_challenge_method") == "S256"
        && get("scope").split(' ').any(|scope| scope == "openid");
    if !fits {
        return Err(refuse("invalid_request"));
    }
    let code = Uuid::new_v4().simple().to_string();
    let (redirect, state) = (get("redirect_uri"), get("state"));
    let place = format!("{redirect}?code={code}&state={state}&session_state=x");
    let granted = Granted {
        claims: inner.claims.clone(),
        nonce: get("nonce"),
        challenge: get("code_challenge"),
        redirect,
    };
    inner.codes.insert(code, granted);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}

async fn token(
    State(shared): State<Arc<Shared>>,
    headers: axum::http::HeaderMap,
    Form(parameters): Form<Parameters>,
) -> Answer {
    let mut inner = shared.up()?;
    let shown = headers.get(header::AUTHORIZATION);
    let wanted = keys::basic(CLIENT_ID, CLIENT_SECRET);
    if shown.is_none_or(|shown| shown.as_bytes() != wanted.as_bytes()) {
        return Err(Refusal(StatusCode::UNAUTHORIZED, "invalid_client"));
    }
    let get = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    match get("grant_type") {
        "authorization_code" => {
            inner.counts.codes += 1;
            let granted = inner.codes.remove(get("code"));
            let granted = granted.ok_or_else(|| refuse("invalid_grant"))?;
            let challenge = keys::hashed(get("code_verifier").as_bytes());
            if challenge != granted.challenge || granted.redirect != get("redirect_uri") {
                return Err(refuse("invalid_grant"));
            }
            Ok(Json(inner.answer(
                &shared.url,
                granted.claims,
                Some(&granted.nonce),
            )))
        }
        "refresh_token" => {
            inner.counts.refreshes += 1;
            let shown = get("refresh_token");
            let claims = inner.refresh_tokens.remove(shown);
            let claims = claims.ok_or_else(|| refuse("invalid_grant"))?;
            // About whom it answers otherwise than it should.
            let odd = ["access_denied", "invalid_request"];
            if let Some(code) = odd.into_iter().find(|code| claims["at_refresh"] == *code) {
                inner.refresh_tokens.insert(shown.to_owned(), claims);
                return Err(refuse(code));
            }
            Ok(Json(inner.answer(&shared.url, claims, None)))
        }
        _ => Err(refuse("unsupported_grant_type")),
    }
}

/// Says more of a person than the token: `userinfo` of their claims, for the access token that names them.
async fn userinfo(
    State(shared): State<Arc<Shared>>,
    headers: axum::http::HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let inner = shared.up()?;
    let shown = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer at-"))
        .context("a token")
        .map_err(|_| Refusal(StatusCode::UNAUTHORIZED, "invalid_token"))?;
    let mut said = json!({"sub": shown});
    if let (Some(said), Some(more)) = (
        said.as_object_mut(),
        inner.claims["userinfo"].as_object().cloned(),
    ) {
        said.extend(more);
    }
    Ok(Json(said))
}
